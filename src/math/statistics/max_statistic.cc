#include "math/statistics/max_statistic.h"

#include <algorithm>
#include <cmath>

#include "math/statistics/empirical_p.h"
#include "math/statistics/finite.h"

namespace excise {
namespace {

// z of the real value first, then of the draws; empty where there is none.
std::vector<double> studentized(const RealAndDraws& layer) {
  std::vector<double> z = {layer.real};
  z.insert(z.end(), layer.draws.begin(), layer.draws.end());
  if (!all_finite(z)) return {};
  const auto [low, high] = std::ranges::minmax(z);
  if (low == high) return {};
  const auto n = static_cast<double>(z.size());
  // In units of the range: sums of huge or tiny values stay within double.
  const double unit = high - low;
  if (!std::isnormal(unit)) return {};
  double mean = 0;
  for (double& one : z) {
    one = (one - low) / unit;
    mean += one / n;
  }
  double squares = 0;
  for (double& one : z) {
    one -= mean;
    squares += one * one;
  }
  const double sd = std::sqrt(squares / (n - 1));
  for (double& one : z) one /= sd;
  return z;
}

Status check_same_draws(std::span<const RealAndDraws> layers) {
  for (const RealAndDraws& layer : layers) {
    if (layer.draws.size() == layers.front().draws.size()) continue;
    return fail(ErrorCode::kBadInput,
                {.where = "max statistic",
                 .subject = "the draws of the layers",
                 .expected = "the same number at each layer",
                 .found = std::to_string(layers.front().draws.size()) +
                          " and " + std::to_string(layer.draws.size())});
  }
  return {};
}

// Values that only rounding tells apart are tied, which costs power only.
constexpr double kTie = 1 - 1e-12;

double share_at_least(std::span<const double> largest, double z) {
  const auto reached = std::ranges::count_if(
      largest, [z](double one) { return one >= kTie * std::abs(z); });
  return p_of_count(static_cast<size_t>(reached), largest.size());
}

}  // namespace

Result<MaxStatistic> max_statistic(std::span<const RealAndDraws> layers) {
  EXCISE_CHECK(check_same_draws(layers));
  MaxStatistic result;
  result.z.resize(layers.size());
  result.layer_p.resize(layers.size());
  if (layers.empty() || layers.front().draws.empty()) {
    result.reason = layers.empty() ? "no layer" : "no draw";
    return result;
  }
  result.draws = layers.front().draws.size();
  double real = -1;
  std::vector<double> largest(result.draws, 0);
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    const std::vector<double> z = studentized(layers[layer]);
    if (z.empty()) continue;
    result.z[layer] = z[0];
    real = std::max(real, std::abs(z[0]));
    for (size_t draw = 0; draw < result.draws; ++draw)
      largest[draw] = std::max(largest[draw], std::abs(z[draw + 1]));
  }
  if (real < 0) {
    result.reason = "at no layer do finite values differ";
    return result;
  }
  result.p = share_at_least(largest, real);
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    if (result.z[layer])
      result.layer_p[layer] = share_at_least(largest, *result.z[layer]);
  }
  return result;
}

}  // namespace excise
