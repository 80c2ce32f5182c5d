// Numbers of a forward pass that are not finite: looked for in what each step
// gives, which costs next to nothing, instead of in all weights, and told with
// the tensor or the hook that they come of.
#ifndef EXCISE_MODEL_FINITE_CHECK_H_
#define EXCISE_MODEL_FINITE_CHECK_H_

#include <cstddef>
#include <string_view>

#include "core/error.h"
#include "core/matrix.h"
#include "model/architecture/block.h"
#include "model/architecture/hooks.h"
#include "model/weights.h"

namespace excise {

// Neither NaN nor infinity in it.
bool all_finite(MatrixView<const float> values);

// values: [rows, width] that a step of this kind with the weights of this slot
// made of finite numbers; what is not
// finite in a weight is not finite in them, whatever it is multiplied with.
// Errors: bad_file naming the tensor of block l that holds NaN or infinity;
// where none does, one that names the step whose numbers leave float32 and its
// largest weight, bad_input if that is of a usual size.
Status check_step(const Weights& weights, size_t l, StepKind kind, Slot slot,
                  MatrixView<const float> values);

// The same of what ln_final makes, [rows, d_model], and of the logits of
// such states, [rows, tokens from first_token on].
Status check_final_norm(const Weights& weights, MatrixView<const float> values);
Status check_logits(const Weights& weights, size_t first_token,
                    MatrixView<const float> logits);

// What a hook left at its site. Error bad_input naming the hook.
Status check_hooked(const HookSite& site, MatrixView<const float> value);

}  // namespace excise

#endif  // EXCISE_MODEL_FINITE_CHECK_H_
