#include "model/sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "math/ops/logit_comparison.h"

namespace excise {
namespace {

// The sum, in four parts so that no addition waits for the one before.
double sum(std::span<const float> values) {
  double parts[4] = {};
  size_t i = 0;
  for (; i + 4 <= values.size(); i += 4) {
    for (size_t k = 0; k < 4; ++k) parts[k] += double{values[i + k]};
  }
  for (; i < values.size(); ++i) parts[0] += double{values[i]};
  return (parts[0] + parts[1]) + (parts[2] + parts[3]);
}

}  // namespace

Status check_sampling(const Sampling& sampling) {
  const auto refuse = [](std::string subject, std::string expected,
                         std::string found, std::string hint = {}) {
    return fail(ErrorCode::kBadInput, {.where = "sampling",
                                       .subject = std::move(subject),
                                       .expected = std::move(expected),
                                       .found = std::move(found),
                                       .hint = std::move(hint)});
  };
  if (!(sampling.temperature >= 0) || !std::isfinite(sampling.temperature)) {
    return refuse("temperature", "0 (greedy) or above",
                  std::to_string(sampling.temperature));
  }
  if (!(sampling.top_p > 0 && sampling.top_p <= 1)) {
    return refuse("top-p", "above 0 and at most 1",
                  std::to_string(sampling.top_p));
  }
  if (sampling.temperature == 0 && (sampling.top_k > 0 || sampling.top_p < 1)) {
    return refuse("top-k and top-p", "a temperature above 0 beside them",
                  "temperature 0, which takes the most likely token",
                  "add e.g. --temperature 1");
  }
  return {};
}

Result<Choice> Sampler::choose(std::span<const float> logits) {
  const auto best = std::max_element(logits.begin(), logits.end());
  // One NaN or infinity makes the sum one.
  if (!std::isfinite(sum(logits))) {
    return fail(ErrorCode::kBadInput,
                {.where = "sampling",
                 .subject = "logits of the next token",
                 .expected = "finite numbers",
                 .found = "NaN or infinity",
                 .hint = "the edit or the weights drive the model out of the "
                         "range of float32"});
  }
  exps_.resize(logits.size());
  exp_of(logits, *best, exps_);
  const double total = sum(exps_);
  const size_t id = sampling_.temperature == 0
                        ? static_cast<size_t>(best - logits.begin())
                        : draw(logits, *best);
  return Choice{static_cast<int>(id),
                double{logits[id]} - double{*best} - std::log(total)};
}

size_t Sampler::draw(std::span<const float> logits, float highest) {
  kept_.resize(logits.size());
  std::iota(kept_.begin(), kept_.end(), size_t{0});
  const auto more_likely = [&](size_t a, size_t b) {
    return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
  };
  if (sampling_.top_k > 0 && sampling_.top_k < kept_.size()) {
    const auto last =
        kept_.begin() + static_cast<std::ptrdiff_t>(sampling_.top_k - 1);
    std::nth_element(kept_.begin(), last, kept_.end(), more_likely);
    const float least = logits[*last];
    kept_.erase(std::remove_if(kept_.begin(), kept_.end(),
                               [&](size_t i) { return logits[i] < least; }),
                kept_.end());
  }
  // Sorted in either case, so that the draw does not depend on what the cut
  // left where.
  std::sort(kept_.begin(), kept_.end(), more_likely);
  weights_.clear();
  double total = 0;
  for (const size_t i : kept_) {
    weights_.push_back(std::exp((double{logits[i]} - double{highest}) /
                                sampling_.temperature));
    total += weights_.back();
  }
  if (sampling_.top_p < 1) {
    double reached = 0;
    size_t count = 0;
    while (count < kept_.size() && reached < sampling_.top_p * total) {
      reached += weights_[count++];
    }
    total = reached;
    weights_.resize(count);
  }
  double left = random_.uniform() * total;
  for (size_t i = 0; i < weights_.size(); ++i) {
    left -= weights_[i];
    if (left < 0) return kept_[i];
  }
  return kept_[weights_.size() - 1];  // rounding
}

}  // namespace excise
