#include "intervention/linear_basis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "core/random.h"

namespace excise {
namespace {

using testing::HasSubstr;

Matrix<double> random_matrix(size_t rows, size_t cols, uint64_t stream) {
  Random random(5, stream);
  Matrix<double> matrix(rows, cols);
  for (double& value : matrix.values()) value = random.normal();
  return matrix;
}

LinearParts oblique(Mean centre, Mean restore) {
  LinearParts parts;
  parts.basis = "test";
  parts.op = {centre, restore};
  parts.mean = {1, -2, 3, 0.5, 0.25};
  parts.atoms = random_matrix(3, 5, 1);
  parts.filters = random_matrix(3, 5, 2);
  parts.class_codes = random_matrix(2, 3, 3);
  return parts;
}

// More rows than one block of encode().
const Matrix<float> kActivations = [] {
  const Matrix<double> values = random_matrix(300, 5, 4);
  return converted<float>(values.view());
}();

class EveryMean : public testing::TestWithParam<std::tuple<Mean, Mean>> {};

TEST_P(EveryMean, CodesAndChangeAreThoseOfTheDefinition) {
  const auto [centre, restore] = GetParam();
  const LinearBasis basis(oblique(centre, restore));
  const auto mean = [&](Mean kind, size_t t, size_t j) {
    double token = 0;
    for (const float value : kActivations.row(t)) token += value / 5.0;
    return kind == Mean::kNone     ? 0
           : kind == Mean::kNeuron ? basis.parts().mean[j]
                                   : token;
  };
  constexpr std::array<size_t, 2> kSet = {2, 0};
  const auto codes = basis.encode(kActivations, kSet).value();
  Matrix<float> change(300, 5);
  ASSERT_TRUE(removal_change(basis, kActivations, kSet, change));
  for (size_t t = 0; t < 300; ++t) {
    std::array<double, 5> want{};
    for (size_t k = 0; k < 2; ++k) {
      double code = 0;
      for (size_t j = 0; j < 5; ++j) {
        code += (kActivations(t, j) - mean(centre, t, j)) *
                basis.filters()(kSet[k], j);
      }
      EXPECT_NEAR(codes(t, k), code, 1e-12);
      for (size_t j = 0; j < 5; ++j)
        want[j] -= code * basis.parts().atoms(kSet[k], j);
    }
    for (size_t j = 0; j < 5; ++j) {
      EXPECT_NEAR(change(t, j),
                  want[j] + mean(restore, t, j) - mean(centre, t, j), 1e-5);
    }
  }
}

constexpr Mean kAll[] = {Mean::kNone, Mean::kNeuron, Mean::kToken};
INSTANTIATE_TEST_SUITE_P(LinearBasis, EveryMean,
                         testing::Combine(testing::ValuesIn(kAll),
                                          testing::ValuesIn(kAll)));

TEST(LinearBasis, TheLargestEntryOfEachAtomIsPositive) {
  const LinearParts before = oblique(Mean::kNone, Mean::kNone);
  const LinearBasis basis(oblique(Mean::kNone, Mean::kNone));
  for (size_t k = 0; k < 3; ++k) {
    const auto atom = basis.parts().atoms.row(k);
    const auto [low, high] = std::ranges::minmax(atom);
    EXPECT_GT(high, -low);
    const double sign = atom[0] / before.atoms(k, 0);
    EXPECT_EQ(std::abs(sign), 1);
    EXPECT_EQ(basis.filters()(k, 0), sign * before.filters(k, 0));
    EXPECT_EQ(basis.parts().class_codes(1, k), sign * before.class_codes(1, k));
  }
}

TEST(LinearBasis, WithoutFiltersTheAtomsAreThem) {
  LinearParts parts = oblique(Mean::kNeuron, Mean::kNeuron);
  parts.filters = Matrix<double>();
  const LinearBasis basis(std::move(parts));
  EXPECT_EQ(basis.filters()(1, 2), basis.parts().atoms(1, 2));
}

TEST(LinearBasis, ComponentsBeyondItsOwnAreNamed) {
  const LinearBasis basis(oblique(Mean::kNone, Mean::kNone));
  for (const auto& error : {basis.atoms({{3}}).error(),
                            basis.encode(kActivations, {{0, 3}}).error()}) {
    EXPECT_EQ(error.code, ErrorCode::kBadInput);
    EXPECT_THAT(error.message, HasSubstr("0 to 2"));
  }
}

}  // namespace
}  // namespace excise
