#include "math/statistics/wilcoxon.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <vector>

#include "math/statistics/finite.h"
#include "math/statistics/least_p.h"
#include "math/statistics/ranks.h"

namespace excise {
namespace {

constexpr size_t kExactUpTo = 50;
constexpr size_t kExactWithTiesUpTo = 13;

// Two-sided p from all 2^n sign patterns of the ranks, counted by their sum.
// Doubled ranks are whole numbers, also those shared by ties.
double exact_p(std::span<const double> ranks, double statistic) {
  const double total = std::accumulate(ranks.begin(), ranks.end(), 0.0);
  std::vector<double> patterns(static_cast<size_t>(2 * total) + 1);
  patterns[0] = 1;
  for (const double rank : ranks) {
    const auto step = static_cast<size_t>(2 * rank);
    for (size_t sum = patterns.size() - 1; sum >= step; --sum)
      patterns[sum] += patterns[sum - step];
  }
  const auto last = static_cast<ptrdiff_t>(2 * statistic);
  const double below =
      std::accumulate(patterns.begin(), patterns.begin() + last + 1, 0.0);
  return std::min(1.0, 2 * std::ldexp(below, -static_cast<int>(ranks.size())));
}

// Two-sided, without continuity correction.
double normal_p(std::span<const double> ranks, double statistic) {
  const auto n = static_cast<double>(ranks.size());
  std::map<double, double> tied;
  for (const double rank : ranks) ++tied[rank];
  double variance = n * (n + 1) * (2 * n + 1) / 24;
  for (const auto& [rank, count] : tied)
    variance -= (count * count * count - count) / 48;
  const double z = (statistic - n * (n + 1) / 4) / std::sqrt(variance);
  return not_zero(std::erfc(std::abs(z) / std::numbers::sqrt2));
}

bool has_ties(std::span<const double> ranks) {
  std::vector<double> sorted(ranks.begin(), ranks.end());
  std::ranges::sort(sorted);
  return std::ranges::adjacent_find(sorted) != sorted.end();
}

}  // namespace

Result<Wilcoxon> wilcoxon(std::span<const double> values) {
  EXCISE_CHECK(check_finite("Wilcoxon test", values));
  std::vector<double> magnitudes;
  std::vector<bool> positive;
  for (const double value : values) {
    if (value == 0) continue;
    magnitudes.push_back(std::abs(value));
    positive.push_back(value > 0);
  }
  Wilcoxon test;
  if (magnitudes.empty()) {
    test.reason = values.empty() ? "no values" : "all values are zero";
    return test;
  }
  const std::vector<double> ranks = mean_ranks(magnitudes);
  double above = 0;
  double below = 0;
  for (size_t i = 0; i < ranks.size(); ++i)
    (positive[i] ? above : below) += ranks[i];
  test.statistic = std::min(above, below);
  const bool plain = ranks.size() == values.size() && !has_ties(ranks);
  const bool exact = values.size() <= (plain ? kExactUpTo : kExactWithTiesUpTo);
  test.p = exact ? exact_p(ranks, *test.statistic)
                 : normal_p(ranks, *test.statistic);
  return test;
}

}  // namespace excise
