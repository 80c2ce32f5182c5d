// The control `elsewhere`: random directions of the activations at other layers
// and hooks, removed with a change of the same relative size (docs/method.md,
// section 5).
#ifndef EXCISE_EXPERIMENT_SWEEP_ELSEWHERE_H_
#define EXCISE_EXPERIMENT_SWEEP_ELSEWHERE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "core/random.h"
#include "experiment/sweep/spec.h"
#include "experiment/sweep/sweep.h"
#include "experiment/sweep/sweep_plan.h"
#include "model/model.h"

namespace excise {

struct ElsewhereDraw {
  size_t swept = 0;  // the layer that it is compared with, as an index
  size_t repeat = 0;
  Random random;  // behind the draw of the place
};

struct ElsewherePlan {
  std::vector<ElsewhereDraw> draws;
  std::vector<Branch> branches;  // one a draw, which Branch::index tells
};

// Each draw's place is uniform on all layers and hooks that can be edited, but
// for the one that it is compared with. None where the spec asks for none.
ElsewherePlan plan_elsewhere(const Spec& spec, const ModelConfig& config,
                             std::span<const size_t> layers);

// One draw at a place, and the share of the norm of its activations that the
// change has.
struct PlaceDraw {
  Random random;
  double share = 0;
};
// Removes random directions of the row space of value, [tokens, width], less
// its mean over tokens, at the tokens that are edited (empty: all): one of
// deltas for each draw, [tokens, width]. Error bad_input where it has fewer
// dimensions.
Status change_elsewhere(MatrixView<const float> value, size_t directions,
                        std::span<const uint8_t> edited,
                        std::span<const PlaceDraw> draws,
                        std::span<const MatrixView<float>> deltas);

// Runs the draws behind the sweep, by the size of its removals, and adds them
// to the findings. Errors: those of the executors; bad_input where a place has
// fewer dimensions than were removed.
Status run_elsewhere(const Model& model, const SweepPlan& plan,
                     const Progress& progress, SweepResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_ELSEWHERE_H_
