#include "intervention/top_replacement.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

namespace excise {
namespace {

tl::unexpected<Error> unknown(std::string subject, std::string expected,
                              std::string_view name) {
  return fail(ErrorCode::kBadInput, {.where = "median",
                                     .subject = std::move(subject),
                                     .expected = std::move(expected),
                                     .found = "\"" + std::string(name) + "\""});
}

}  // namespace

std::string_view top_by_name(TopBy by) {
  return by == TopBy::kMagnitude ? "magnitude" : "value";
}

std::string_view replacement_name(Replacement with) {
  switch (with) {
    case Replacement::kMean:
      return "mean";
    case Replacement::kZero:
      return "zero";
    case Replacement::kMedian:
      break;
  }
  return "median";
}

Result<TopBy> parse_top_by(std::string_view name) {
  for (const TopBy by : {TopBy::kValue, TopBy::kMagnitude}) {
    if (name == top_by_name(by)) return by;
  }
  return unknown("by", "value or magnitude", name);
}

Result<Replacement> parse_replacement(std::string_view name) {
  for (const Replacement with :
       {Replacement::kMedian, Replacement::kMean, Replacement::kZero}) {
    if (name == replacement_name(with)) return with;
  }
  return unknown("replacement", "median, mean or zero", name);
}

size_t top_count(double percent, size_t neurons) {
  // 0.29 * 100 is 28.999...: what is a whole number up to rounding is one.
  constexpr double kRounding = 1e-9;
  const double count = percent / 100 * static_cast<double>(neurons);
  return static_cast<size_t>(std::floor(count + kRounding));
}

std::vector<size_t> ranked_neurons(std::span<const float> row, TopBy by) {
  std::vector<size_t> order(row.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, [&](size_t a, size_t b) {
    return by == TopBy::kMagnitude ? std::abs(row[a]) > std::abs(row[b])
                                   : row[a] > row[b];
  });
  return order;
}

float replacement_value(std::span<const float> row, Replacement with) {
  if (with == Replacement::kZero) return 0;
  if (with == Replacement::kMean) {
    const double sum = std::accumulate(row.begin(), row.end(), 0.0);
    return static_cast<float>(sum / static_cast<double>(row.size()));
  }
  std::vector<float> values(row.begin(), row.end());
  const auto middle = values.begin() + (values.size() - 1) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void replacement_change(std::span<const float> row,
                        std::span<const size_t> neurons, float value,
                        std::span<float> delta) {
  std::ranges::fill(delta, 0.0F);
  for (const size_t j : neurons) delta[j] = value - row[j];
}

}  // namespace excise
