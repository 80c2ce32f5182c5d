#include "experiment/sweep/constant_search.h"

#include <algorithm>
#include <cmath>

#include "math/statistics/quantile.h"

namespace excise {

CodeRange code_range(std::span<const double> codes) {
  constexpr double kLow = 0.01, kHigh = 0.99;
  std::vector<double> sorted(codes.begin(), codes.end());
  std::ranges::sort(sorted);
  return {quantile_of_sorted(sorted, kLow), quantile_of_sorted(sorted, kHigh)};
}

std::vector<double> first_constants(const CodeRange& range) {
  std::vector<double> values(kFirstConstants);
  for (size_t i = 0; i < kFirstConstants; ++i) {
    const double part =
        static_cast<double>(i) / static_cast<double>(kFirstConstants - 1);
    values[i] = range.low + part * (range.high - range.low);
  }
  return values;
}

void ConstantSearch::add(ConstantTry one) {
  const auto place =
      std::ranges::upper_bound(tries_, one.value, {}, &ConstantTry::value);
  tries_.insert(place, one);
}

std::optional<size_t> ConstantSearch::best() const {
  std::optional<size_t> best;
  for (size_t i = 0; i < tries_.size(); ++i) {
    if (std::isnan(tries_[i].cost)) continue;
    if (!best || tries_[i].cost < tries_[*best].cost) best = i;
  }
  return best;
}

bool ConstantSearch::at_edge() const {
  const auto at = best();
  return at && (*at == 0 || *at + 1 == tries_.size());
}

std::vector<double> ConstantSearch::next() {
  std::vector<double> values;
  const double width = range_.high - range_.low;
  const auto at = best();
  if (!at || refined_ || !(width > 0)) return values;
  const double value = tries_[*at].value;
  if (at_edge()) {
    if (widenings_ == kMostWidenings) return values;
    // 1/2, 1, 2 and 4 times the range beyond; then from there 4 times as far.
    double step = (*at == 0 ? -0.5 : 0.5) * width;
    for (size_t i = 0; i < widenings_; ++i) step *= 4;
    ++widenings_;
    for (size_t i = 0; i < kWiderConstants; ++i, step *= 2)
      values.push_back(value + step);
    std::ranges::sort(values);
    return values;
  }
  refined_ = true;
  for (const size_t from : {*at - 1, *at}) {
    const double low = tries_[from].value, high = tries_[from + 1].value;
    for (size_t i = 1; i <= kFinerConstants; ++i) {
      values.push_back(low + (high - low) * static_cast<double>(i) /
                                 static_cast<double>(kFinerConstants + 1));
    }
  }
  return values;
}

}  // namespace excise
