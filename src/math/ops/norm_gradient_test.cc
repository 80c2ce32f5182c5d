// Against central differences of the definition.
#include "math/ops/norm_gradient.h"

#include <gtest/gtest.h>

#include <vector>

#include "math/ops/reference.h"
#include "testing/random_matrix.h"

namespace excise {
namespace {

constexpr size_t kWidth = 24;

// sum of c norm(x), in the numbers of the definition.
double weighed(MatrixView<const float> x, const NormParameters& parameters,
               MatrixView<const float> c) {
  Matrix<float> y(1, kWidth);
  norm(x, parameters, y);
  double sum = 0;
  for (size_t j = 0; j < kWidth; ++j) sum += double{c(0, j)} * double{y(0, j)};
  return sum;
}

TEST(NormGradientTest, IsTheSlopeOfTheNorm) {
  const Matrix<float> weight = random_matrix(1, kWidth, 3);
  const Matrix<float> c = random_matrix(1, kWidth, 5);
  for (const NormKind kind : {NormKind::kLayer, NormKind::kRms}) {
    for (const bool has_weight : {false, true}) {
      NormParameters parameters;
      parameters.kind = kind;
      parameters.epsilon = 1e-5F;
      if (has_weight) parameters.weight = weight.view();
      Matrix<float> x = random_matrix(1, kWidth, 7);
      for (float& value : x.values()) value += 0.5F;
      std::vector<double> gradient(c.values().begin(), c.values().end());
      norm_gradient(x.row(0), parameters, gradient);
      for (size_t j = 0; j < kWidth; ++j) {
        constexpr float kStep = 1.0F / 64;
        const float at = x(0, j);
        x(0, j) = at + kStep;
        const double above = weighed(x, parameters, c);
        x(0, j) = at - kStep;
        const double below = weighed(x, parameters, c);
        x(0, j) = at;
        EXPECT_NEAR(gradient[j], (above - below) / (2 * double{kStep}), 2e-3)
            << j;
      }
    }
  }
}

}  // namespace
}  // namespace excise
