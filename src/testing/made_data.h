// Activations to fit on in tests, and short names for what is done with them.
#ifndef EXCISE_TESTING_MADE_DATA_H_
#define EXCISE_TESTING_MADE_DATA_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "intervention/bases/registry.h"
#include "intervention/decomposition.h"

namespace excise {

// Skewed, correlated, off centre; classes 0 and 1 differ in mean and spread,
// and every fifth token is in none.
struct Data {
  Matrix<float> a;
  std::vector<int> classes;
  std::vector<int> pairs = {};
};

inline Data made(size_t tokens, size_t neurons, size_t n_classes = 2) {
  Random random(21, tokens * 131 + neurons);
  constexpr size_t kSources = 6;
  Matrix<double> mixing(kSources, neurons);
  for (double& value : mixing.values()) value = random.normal();
  Data data{Matrix<float>(tokens, neurons), std::vector<int>(tokens)};
  for (size_t t = 0; t < tokens; ++t) {
    const auto c = random.below(n_classes);
    data.classes[t] = t % 5 == 4 ? -1 : static_cast<int>(c);
    std::array<double, kSources> source{};
    for (double& value : source) {
      const double x = random.normal();
      value = x * x * x;
    }
    source[0] += 2.0 * static_cast<double>(c);
    source[1] *= 1.0 + 2.0 * static_cast<double>(c == 0);
    for (size_t j = 0; j < neurons; ++j) {
      double value = 0.3 * static_cast<double>(j % 7) + 0.1 * random.normal();
      for (size_t k = 0; k < kSources; ++k) value += source[k] * mixing(k, j);
      data.a(t, j) = static_cast<float>(value);
    }
  }
  return data;
}

inline FittedBasis fit(std::string_view basis, const Data& data,
                       FitOptions options = {}) {
  const MatrixActivations<float> activations(data.a.view());
  return find_basis_kind(basis).value()->fit(
      {activations, data.classes, options, data.pairs});
}

inline std::unique_ptr<const Decomposition> fitted(std::string_view basis,
                                                   const Data& data,
                                                   FitOptions options = {}) {
  auto result = fit(basis, data, options);
  EXPECT_TRUE(result) << result.error().message;
  return std::move(result).value();
}

inline Matrix<float> without(const Decomposition& basis, const Matrix<float>& a,
                             std::span<const size_t> components) {
  Matrix<float> edited(a.rows(), a.cols());
  EXPECT_TRUE(removal_change(basis, a, components, edited));
  for (size_t i = 0; i < a.size(); ++i) edited.values()[i] += a.values()[i];
  return edited;
}

inline double largest_difference(const Matrix<float>& a,
                                 const Matrix<float>& b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i)
    largest =
        std::max(largest, std::abs(double{a.values()[i]} - b.values()[i]));
  return largest;
}

}  // namespace excise

#endif  // EXCISE_TESTING_MADE_DATA_H_
