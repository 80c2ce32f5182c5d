// The best constant found at a layer: chosen on one half of the tokens, told on
// the other.
#ifndef EXCISE_EXPERIMENT_SWEEP_CONSTANT_SUMMARY_H_
#define EXCISE_EXPERIMENT_SWEEP_CONSTANT_SUMMARY_H_

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/error.h"
#include "experiment/common/mean_test.h"
#include "experiment/sweep/constant_search.h"
#include "experiment/sweep/findings.h"

namespace excise {

struct ConstantSummary {
  double value = 0;  // of the code; 0 is the removal
  CodeRange range;
  // % of the codes below it, ties as half.
  std::optional<double> percentile;
  bool at_edge = false;            // nothing beyond it was tried
  size_t n_chosen_on = 0;          // tokens
  std::vector<ConstantTry> tries;  // ascending; costs on those tokens, nats
  // On the other tokens, q over layers: of the constant, of the removal, and of
  // removal - constant, token by token.
  MeanTest effect, removal, gain;
  std::vector<double> delta_logprob;  // [tokens] of the constant
};

// Nothing where no constant was asked for, or none has a finite cost. Errors:
// those of the tests.
Result<std::optional<ConstantSummary>> summarize_constant(
    const LayerFindings& findings, std::span<const size_t> tested);

// Sets q over layers.
struct LayerSummary;
Status adjust_constants(std::vector<LayerSummary>& layers);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_CONSTANT_SUMMARY_H_
