#include "run/run_branches.h"

#include <utility>
#include <vector>

#include "run/rounding_check.h"

namespace excise {

Result<ExecutorOutput> run_branches(const ExecutorInput& input,
                                    const RunOptions& options,
                                    std::string_view where,
                                    const Progress& progress,
                                    BranchAudit& audit,
                                    std::function<void()> first_layer_done) {
  const Compute compute = EXCISE_TRY(resolve_compute(options.compute, where));
  if (options.executor == Executor::kNaive) return run_naive(input, progress);
  if (compute == Compute::kF32) {
    return run_wavefront(input,
                         {.memory_limit = options.memory_limit,
                          .first_layer_done = std::move(first_layer_done)},
                         progress);
  }
  std::vector<size_t> candidates;
  for (size_t b = 0; b < input.branches.size(); ++b) {
    if (input.branches[b].tag.is_checked) candidates.push_back(b);
  }
  const std::vector<size_t> sample =
      rounding_check(options.check_rounding, candidates, input.branches.size());
  // What of their effects is compared, before they are taken away.
  std::vector<BranchEffect> rounded(sample.size());
  const auto keep = [&](size_t first, std::span<const BranchEffect> effects) {
    for (size_t i = 0; i < sample.size(); ++i) {
      if (sample[i] < first || sample[i] >= first + effects.size()) continue;
      rounded[i].delta_logprob = effects[sample[i] - first].delta_logprob;
      rounded[i].requested = effects[sample[i] - first].requested;
    }
  };
  ExecutorInput kept = input;
  if (input.take_effects) {
    kept.take_effects = [&](size_t first,
                            std::span<const BranchEffect> effects) {
      keep(first, effects);
      input.take_effects(first, effects);
    };
  }
  ExecutorOutput output = EXCISE_TRY(
      run_wavefront(kept,
                    {.compute = compute,
                     .memory_limit = options.memory_limit,
                     .sample = sample,
                     .first_layer_done = std::move(first_layer_done)},
                    progress));
  if (!input.take_effects) keep(0, output.effects);
  for (size_t i = 0; i < sample.size(); ++i) {
    audit.rounding.push_back(compare_rounding(input.branches[sample[i]].layer,
                                              output.exact[i], rounded[i]));
  }
  return output;
}

}  // namespace excise
