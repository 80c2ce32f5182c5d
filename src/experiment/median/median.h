// Median replacement: the largest activations of a prompt put down to the
// middle, at every layer and for several shares of the neurons (docs/method.md,
// section 7).
#ifndef EXCISE_EXPERIMENT_MEDIAN_MEDIAN_H_
#define EXCISE_EXPERIMENT_MEDIAN_MEDIAN_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/median/median_spec.h"
#include "model/model.h"
#include "run/branch.h"
#include "run/branch_audit.h"

namespace excise {

// One layer and one share of the neurons. Differences are clean - edited, of
// the target after the last token of the prompt: positive hurts.
struct MedianCell {
  size_t layer = 0;
  double percent = 0;
  size_t count = 0;          // neurons replaced, of d_mlp
  double delta_logprob = 0;  // nats
  double delta_logit = 0;
  double kl = 0;  // nats, of the whole prediction after the last token
  bool top1_changed = false;
  std::vector<double> random = {};  // [draws] delta_logprob, random neurons
  // One-sided: (b + 1) / (draws + 1), b draws that hurt at least as much;
  // absent without draws.
  std::optional<double> random_p_one_sided = std::nullopt;
};

struct MedianResult {
  MedianSpec spec;
  std::vector<int> ids;  // of the prompt
  int target = 0;
  std::vector<size_t> layers;     // ascending
  Prediction clean;               // of the target
  size_t clean_rank = 1;          // of the target among all tokens
  int clean_top1 = 0;             // the most likely token
  std::vector<MedianCell> cells;  // [layers * percents]
  BranchAudit audit;
  size_t passes = 1;  // over the layers
  int threads = 1;
  double seconds = 0;

  // The cell of the largest effect that is a number; the first where none is.
  const MedianCell& worst() const;
};

// Errors: bad_input (an empty or too long prompt, a target of several tokens, a
// layer out of range), bad_file, interrupted, out_of_memory, internal when the
// audit fails.
Result<MedianResult> run_median(const Model& model, const MedianSpec& spec,
                                const Progress& progress);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_MEDIAN_MEDIAN_H_
