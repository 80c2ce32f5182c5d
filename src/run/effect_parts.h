// Where the effect of a branch arises: what its edit's own write does alone,
// and what each later part adds (docs/method.md, section 9).
#ifndef EXCISE_RUN_EFFECT_PARTS_H_
#define EXCISE_RUN_EFFECT_PARTS_H_

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "math/ops/norm.h"
#include "run/branch.h"
#include "run/executor.h"
#include "run/stream_parts.h"
#include "run/text_rows.h"
#include "run/wavefront_head.h"

namespace excise {

// Of the branches of one pass, once all layers are done. Borrows everything.
class EffectPartsPass {
 public:
  // clean: [tokens, d_model] before the final norm, normalized: behind it.
  EffectPartsPass(const ExecutorInput& input, const TextRows& texts,
                  const StreamParts& parts, const NormParameters& norm,
                  MatrixView<const float> clean,
                  MatrixView<const float> normalized);

  // What the edits write, behind the final norm, to be compared with the clean
  // run; no rows where no branch asks.
  ComparedRows direct_rows();
  // Once those rows and the branches are compared: `parts` of the effects.
  // tolerance: as kPartsTolerance. advance: told how many of the tokens of all
  // branches are done. Errors: those of path_gradients().
  Status finish(std::span<BranchEffect> effects, double tolerance,
                const Progress& progress,
                const std::function<void(size_t done, size_t all)>& advance);

  // Bytes of it for one branch.
  static size_t bytes(const ModelConfig& config, size_t tokens,
                      const Branch& branch);

 private:
  struct Place {
    size_t branch, row;  // which predicts
    int token;
    size_t entry;  // of PartsOfEffect
  };
  // Those of a branch.
  void add_places(size_t branch, std::vector<Place>& places) const;
  // The shares at these places by that many points.
  Status share(std::span<const Place> places, size_t points,
               const Progress& progress, std::span<BranchEffect> effects);

  const ExecutorInput& input_;
  const TextRows& texts_;
  const StreamParts& parts_;
  const NormParameters& norm_;
  Matrix<float> clean_;               // before the final norm
  std::vector<size_t> asking_;        // branches with parts
  Matrix<float> written_;             // [asking * tokens, d_model]
  std::vector<BranchEffect> direct_;  // [asking]
};

}  // namespace excise

#endif  // EXCISE_RUN_EFFECT_PARTS_H_
