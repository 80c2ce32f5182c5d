#include "math/ops/norm_gradient.h"

#include <cmath>
#include <cstddef>

namespace excise {

// With z = (x - mean) / scale and h = gradient * weight:
// (h - mean of h - z mean of (h z)) / scale; kRms has no means but the last.
void norm_gradient(std::span<const float> x, const NormParameters& parameters,
                   std::span<double> gradient) {
  const auto n = static_cast<double>(x.size());
  const bool centres = parameters.kind == NormKind::kLayer;
  double mean = 0;
  for (const float value : x) mean += centres ? double{value} / n : 0;
  double variance = 0;
  for (const float value : x) {
    const double centred = double{value} - mean;
    variance += centred * centred / n;
  }
  const double scale = std::sqrt(variance + double{parameters.epsilon});
  double mean_h = 0, mean_hz = 0;
  for (size_t j = 0; j < x.size(); ++j) {
    if (parameters.weight.rows() > 0)
      gradient[j] *= double{parameters.weight(0, j)};
    mean_h += centres ? gradient[j] / n : 0;
    mean_hz += gradient[j] * (double{x[j]} - mean) / scale / n;
  }
  for (size_t j = 0; j < x.size(); ++j) {
    const double z = (double{x[j]} - mean) / scale;
    gradient[j] = (gradient[j] - mean_h - z * mean_hz) / scale;
  }
}

}  // namespace excise
