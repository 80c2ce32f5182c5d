#include "run/rounding_check.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace excise {

std::vector<size_t> rounding_sample(std::span<const size_t> candidates) {
  std::vector<size_t> sample;
  if (candidates.empty()) return sample;
  sample.push_back(candidates.front());
  if (candidates.size() > 1)
    sample.push_back(candidates[candidates.size() / 2]);
  return sample;
}

std::vector<size_t> rounding_check(CheckRounding check,
                                   std::span<const size_t> candidates,
                                   size_t branches) {
  if (check == CheckRounding::kSample) return rounding_sample(candidates);
  std::vector<size_t> all(branches);
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

RoundingError compare_rounding(size_t layer, const BranchEffect& f32,
                               const BranchEffect& bf16) {
  double effect = 0;
  double error = 0;
  size_t compared = 0;
  const auto compare = [&](double exact, double rounded) {
    effect += exact * exact;
    error += (rounded - exact) * (rounded - exact);
    ++compared;
  };
  for (size_t t = 1; t < f32.delta_logprob.size(); ++t)
    compare(f32.delta_logprob[t], bf16.delta_logprob[t]);
  for (size_t r = 0; r < f32.requested.size(); ++r)
    compare(f32.requested[r].logprob, bf16.requested[r].logprob);
  const auto count = static_cast<double>(std::max<size_t>(compared, 1));
  return {layer, std::sqrt(effect / count), std::sqrt(error / count)};
}

}  // namespace excise
