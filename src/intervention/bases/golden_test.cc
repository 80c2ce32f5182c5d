// Fitted bases against tests/golden: relative 1e-9, all in double.
#include "testing/golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "intervention/bases/ged.h"
#include "intervention/bases/ica.h"
#include "intervention/bases/leace.h"
#include "intervention/linear_basis.h"
#include "math/linalg/product.h"

namespace excise {
namespace {

void expect_near(MatrixView<const double> got, MatrixView<const double> want,
                 double relative) {
  ASSERT_EQ(got.rows(), want.rows());
  ASSERT_EQ(got.cols(), want.cols());
  double largest = 0;
  for (size_t i = 0; i < want.rows(); ++i) {
    for (const double value : want.row(i))
      largest = std::max(largest, std::abs(value));
  }
  for (size_t i = 0; i < want.rows(); ++i) {
    for (size_t j = 0; j < want.cols(); ++j)
      ASSERT_NEAR(got(i, j), want(i, j), relative * largest) << i << ", " << j;
  }
}

LinearParts fitted(FittedBasis (*fit)(const FitInput&), const Matrix<double>& a,
                   std::span<const int> classes, FitOptions options) {
  const MatrixActivations<double> activations(a.view());
  auto basis = fit({activations, classes, options});
  EXPECT_TRUE(basis) << basis.error().message;
  const auto& parts = dynamic_cast<const LinearBasis&>(**basis).parts();
  return {parts.basis,
          parts.op,
          parts.mean,
          parts.atoms.clone(),
          parts.filters.clone(),
          parts.values,
          parts.class_codes.clone(),
          parts.note};
}

// (a - mean) filters^T, and that times the atoms.
Matrix<double> codes_of(const LinearParts& parts, const Matrix<double>& a) {
  Matrix<double> centred = a.clone();
  for (size_t t = 0; t < a.rows(); ++t)
    subtract_mean(parts.op.centre, parts.mean, centred.row(t));
  return product_bt(centred, parts.filters);
}

class IcaGolden : public testing::TestWithParam<const char*> {};

TEST_P(IcaGolden, SourcesAndMixingUpToSignAndOrder) {
  const std::string name = GetParam();
  const TensorFile file = golden("ica.safetensors");
  const Matrix<double> a = tensor(file, "A_" + name);
  const Matrix<double> want = tensor(file, "sources_" + name);  // [T, 5]
  const Matrix<double> want_atoms = tensor(file, "atoms_" + name);
  for (const uint64_t seed : {0, 1, 2}) {
    const LinearParts parts =
        fitted(fit_ica, a, {}, {.components = 5, .seed = seed});
    expect_near(MatrixView<const double>(parts.mean.data(), 1, 40),
                tensor(file, "mean_" + name), 1e-9);
    const Matrix<double> sources = codes_of(parts, a);
    // Both have unit variance and mean 0.
    const Matrix<double> products = product_at(sources, want);
    std::vector<bool> used(5);
    for (size_t k = 0; k < 5; ++k) {
      const auto row = products.row(k);
      const auto best = static_cast<size_t>(
          std::ranges::max_element(
              row, {}, [](double value) { return std::abs(value); }) -
          row.begin());
      EXPECT_FALSE(used[best]);
      used[best] = true;
      EXPECT_GT(std::abs(row[best]) / 600, 0.9999);
      const double sign = row[best] > 0 ? 1 : -1;
      for (size_t j = 0; j < 40; ++j)
        EXPECT_NEAR(parts.atoms(k, j), sign * want_atoms(best, j), 1e-6);
      if (k > 0) {
        EXPECT_LE(parts.values[k], parts.values[k - 1]);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, IcaGolden, testing::Values("clean", "noisy"));

class LeaceGolden : public testing::TestWithParam<const char*> {};

TEST_P(LeaceGolden, RemovedAndProjection) {
  const std::string name = GetParam();
  const TensorFile file = golden("leace.safetensors");
  const Matrix<double> x = tensor(file, "x");
  const Matrix<double> z = tensor(file, "z_" + name);
  std::vector<int> classes(x.rows());
  for (size_t t = 0; t < x.rows(); ++t) {
    for (size_t c = 0; c < z.cols(); ++c) {
      if (z(t, c) == 1) classes[t] = static_cast<int>(c) + (z.cols() == 1);
    }
  }
  const LinearParts parts = fitted(fit_leace, x, classes, {});
  ASSERT_EQ(parts.atoms.rows(), std::max<size_t>(z.cols(), 2) - 1);
  expect_near(MatrixView<const double>(parts.mean.data(), 1, 24),
              tensor(file, "mean_" + name), 1e-9);
  expect_near(product(codes_of(parts, x), parts.atoms),
              tensor(file, "removed_" + name), 1e-9);
  // P acts on columns: x' = mean + P (x - mean), P = I - atoms^T filters.
  Matrix<double> projection = product_at(parts.atoms, parts.filters);
  for (double& value : projection.values()) value = -value;
  for (size_t j = 0; j < 24; ++j) projection(j, j) += 1;
  expect_near(projection, tensor(file, "P_" + name), 1e-9);
}

INSTANTIATE_TEST_SUITE_P(Cases, LeaceGolden,
                         testing::Values("onehot", "binary"));

TEST(GedGolden, FiltersAtomsCodesAndOrder) {
  const TensorFile file = golden("ged.safetensors");
  const Matrix<double> a = tensor(file, "A");
  std::vector<int> classes(350, 1);
  std::fill_n(classes.begin(), 150, 0);
  const LinearParts parts = fitted(fit_ged, a, classes, {.components = 30});
  const Matrix<double> filters = tensor(file, "filters");
  const Matrix<double> atoms = tensor(file, "atoms");
  const Matrix<double> codes = tensor(file, "codes");
  const Matrix<double> order = tensor(file, "order_by_energy");
  const Matrix<double> eigenvalues = tensor(file, "eigenvalues");
  const Matrix<double> got = codes_of(parts, a);
  for (size_t k = 0; k < 30; ++k) {
    const auto from = static_cast<size_t>(order(0, k));
    EXPECT_NEAR(parts.values[k], eigenvalues(0, from), 1e-9 * parts.values[0]);
    const auto want = atoms.row(from);
    const double largest = *std::ranges::max_element(
        want, {}, [](double value) { return std::abs(value); });
    const double sign = largest > 0 ? 1 : -1;
    for (size_t j = 0; j < 30; ++j) {
      EXPECT_NEAR(parts.atoms(k, j), sign * want[j], 1e-9);
      EXPECT_NEAR(parts.filters(k, j), sign * filters(from, j), 1e-9);
    }
    for (size_t t = 0; t < 350; ++t)
      EXPECT_NEAR(got(t, k), sign * codes(t, from), 1e-8);
  }
}

TEST(GedGolden, ByItselfTheLargestEigenvalue) {
  const TensorFile file = golden("ged.safetensors");
  const Matrix<double> a = tensor(file, "A");
  std::vector<int> classes(350, 1);
  std::fill_n(classes.begin(), 150, 0);
  const LinearParts parts = fitted(fit_ged, a, classes, {});
  ASSERT_EQ(parts.atoms.rows(), 1);
  Matrix<double> without = a.clone();
  const Matrix<double> removed = product(codes_of(parts, a), parts.atoms);
  for (size_t i = 0; i < without.size(); ++i)
    without.values()[i] -= removed.values()[i];
  expect_near(without, tensor(file, "removed_0"), 1e-9);
}

}  // namespace
}  // namespace excise
