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
  const size_t tokens = f32.delta_logprob.size();
  for (size_t t = 1; t < tokens; ++t) {
    const double exact = f32.delta_logprob[t];
    const double difference = bf16.delta_logprob[t] - exact;
    effect += exact * exact;
    error += difference * difference;
  }
  const auto count = tokens > 1 ? static_cast<double>(tokens - 1) : 1.0;
  return {layer, std::sqrt(effect / count), std::sqrt(error / count)};
}

}  // namespace excise
