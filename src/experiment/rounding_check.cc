#include "experiment/rounding_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "core/number_text.h"
#include "experiment/sentence_parts.h"

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

std::string rounding_words(std::span<const RoundingError> errors,
                           CheckRounding check) {
  if (errors.empty()) return "";
  std::set<size_t> layers;
  double worst = -1;
  size_t at = 0, none = 0, unknown = 0;
  for (const RoundingError& error : errors) {
    layers.insert(error.layer);
    if (error.rms_effect == 0) {
      ++none;
    } else if (!std::isfinite(error.relative())) {
      ++unknown;
    } else if (error.relative() > worst) {
      worst = error.relative();
      at = error.layer;
    }
  }
  const std::vector<size_t> list(layers.begin(), layers.end());
  std::string text = "Products of differences were rounded to bfloat16";
  if (worst < 0) {
    return text +
           fmt::format("; where that was looked at ({}) {}.", layer_list(list),
                       unknown > 0 ? "the difference is no number"
                                   : "there is no effect to compare with");
  }
  text += fmt::format(
      ", which changes the effects of tokens by at most {} % of their size "
      "(root mean square) ",
      short_text(100 * worst, 2));
  const std::string left_out =
      unknown == 0 ? "" : fmt::format(" ({} without a number)", unknown);
  if (check == CheckRounding::kAll) {
    return text +
           fmt::format("{}over {}{}, compared with float32.",
                       worst > 0 ? fmt::format("(layer {}) ", at) : "",
                       errors.size() == 1
                           ? std::string("the one branch")
                           : fmt::format("all {} branches", errors.size()),
                       left_out);
  }
  return text + fmt::format(
                    "for the edit itself at the {} looked at ({}){}; elsewhere "
                    "it may be more (--check-rounding all).",
                    list.size() == 1   ? std::string("layer")
                    : list.size() == 2 ? std::string("two layers")
                                       : fmt::format("{} layers", list.size()),
                    layer_list(list), left_out);
}

}  // namespace excise
