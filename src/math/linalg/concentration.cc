#include "math/linalg/concentration.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace excise {

std::vector<double> unit_vector(std::span<const double> values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  std::vector<double> scaled(values.begin(), values.end());
  if (squares == 0) return scaled;
  for (double& value : scaled) value /= std::sqrt(squares);
  return scaled;
}

double sink_share(std::span<const double> u) {
  return u.empty() ? 0 : u[0] * u[0];
}

double neuron_participation(std::span<const double> v) {
  double fourth_powers = 0;
  for (const double value : v) fourth_powers += std::pow(value, 4);
  return fourth_powers > 0 ? 1 / fourth_powers : 0;
}

std::vector<size_t> top_neurons(std::span<const double> v, size_t count) {
  std::vector<size_t> order(v.size());
  std::iota(order.begin(), order.end(), size_t{0});
  count = std::min(count, order.size());
  std::ranges::partial_sort(
      order, order.begin() + static_cast<ptrdiff_t>(count), {},
      [&](size_t j) { return std::pair(-std::abs(v[j]), j); });
  order.resize(count);
  return order;
}

}  // namespace excise
