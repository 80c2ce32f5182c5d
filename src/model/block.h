// The block of a model as data: its steps in order, each with the weights that
// it takes, what it reads and gives, and the hook where that is seen. Whatever
// runs a block reads these steps.
#ifndef EXCISE_MODEL_BLOCK_H_
#define EXCISE_MODEL_BLOCK_H_

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "core/error.h"
#include "core/matrix.h"
#include "model/config.h"
#include "model/hooks.h"

namespace excise {

// Weights of a block, a matrix or the scales of a norm, and their biases.
enum class Slot { kNorm1, kQkv, kO, kNorm2, kIn, kOut };
constexpr size_t kSlots = 6;

// What one step hands to others.
enum class Value {
  kStream,      // [tokens, d_model], the residual stream
  kNormalized,  // [tokens, d_model]
  kQkv,         // [tokens, 3 d_model], queries, keys and values of all heads
  kZ,           // [tokens, d_model], what the heads read, side by side
  kPre,         // [tokens, d_mlp], before the activation
  kPost,        // [tokens, d_mlp], behind it
  kOut,         // [tokens, d_model], what is added to the stream
};
constexpr size_t kValues = 7;

enum class StepKind {
  kNorm,      // out = norm(in) with the weights of the slot
  kProject,   // out = in W + b
  kAttend,    // out = softmax(scale q k) v for each head of in
  kActivate,  // out = activation(in)
  kAdd,       // out += in
};

// Whether a change of what goes in and a change of what comes out are not by
// the same matrix.
constexpr bool is_nonlinear(StepKind kind) {
  return kind == StepKind::kNorm || kind == StepKind::kAttend ||
         kind == StepKind::kActivate;
}

struct BlockStep {
  StepKind kind;
  Slot slot;  // of kAttend, kActivate and kAdd: that made what they take
  Value in, out;
  std::optional<HookPoint> hook = {};  // where `out` is seen behind the step
};

// In the order in which a block takes them; kResidPre is seen before the first.
std::span<const BlockStep> block_steps(const ModelConfig& config);

size_t value_width(const ModelConfig& config, Value value);

// Columns of the value at a hook.
size_t hook_width(const ModelConfig& config, HookPoint point);

// Views of the memory of each value; values that are never needed together may
// share theirs.
class BlockValues {
 public:
  MatrixView<float>& operator[](Value value) {
    return views_[static_cast<size_t>(value)];
  }
  MatrixView<float> operator[](Value value) const {
    return views_[static_cast<size_t>(value)];
  }

 private:
  std::array<MatrixView<float>, kValues> views_;
};

// to += change, of one shape.
void add_to(MatrixView<const float> change, MatrixView<float> to);

// Runs the steps of one block in their order; how each kind is done is up to
// `ops`:
//   void norm(Slot, in, out), attend(in, out), activate(in, out)
//   Status project(Slot, in, out)
//   Status check(const BlockStep&, out)   that all of it are numbers
//   Status hook(HookPoint, value)         after the check
template <typename Ops>
Status run_block(std::span<const BlockStep> steps, const BlockValues& values,
                 Ops& ops) {
  EXCISE_CHECK(ops.hook(HookPoint::kResidPre, values[Value::kStream]));
  for (const BlockStep& step : steps) {
    const MatrixView<const float> in = values[step.in];
    const MatrixView<float> out = values[step.out];
    switch (step.kind) {
      case StepKind::kNorm:
        ops.norm(step.slot, in, out);
        break;
      case StepKind::kProject:
        EXCISE_CHECK(ops.project(step.slot, in, out));
        break;
      case StepKind::kAttend:
        ops.attend(in, out);
        break;
      case StepKind::kActivate:
        ops.activate(in, out);
        break;
      case StepKind::kAdd:
        add_to(in, out);
        break;
    }
    // An activation makes numbers of numbers.
    if (step.kind != StepKind::kActivate) EXCISE_CHECK(ops.check(step, out));
    if (step.hook) EXCISE_CHECK(ops.hook(*step.hook, out));
  }
  return {};
}

}  // namespace excise

#endif  // EXCISE_MODEL_BLOCK_H_
