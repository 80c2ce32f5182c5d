#include "intervention/bases/svd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

#include "testing/random_matrix.h"

namespace excise {
namespace {

using testing::HasSubstr;

constexpr Mean kAll[] = {Mean::kNone, Mean::kNeuron, Mean::kToken};

std::unique_ptr<const Decomposition> fitted(const Matrix<float>& a,
                                            RemovalOperator op) {
  auto basis = fit_text_svd(a, op);
  EXPECT_TRUE(basis) << basis.error().message;
  return std::move(basis).value();
}

class EveryOperator
    : public testing::TestWithParam<std::tuple<Mean, Mean, size_t>> {
 protected:
  const RemovalOperator op_{std::get<0>(GetParam()), std::get<1>(GetParam())};
  const Matrix<float> a_ = random_activations(std::get<2>(GetParam()), 24, 6);
};

// The oracle is remove_components(), which is compared with stored values.
TEST_P(EveryOperator, ChangeIsEditedLessOriginal) {
  const auto basis = fitted(a_, op_);
  const CentredSvd oracle = decompose(a_, op_).value();
  EXPECT_EQ(basis->identity_when_empty(), op_.centre == op_.restore);
  for (const auto& components :
       {std::vector<size_t>{}, {0}, {3, 1}, {1, 3, 3}}) {
    Matrix<float> edited(a_.rows(), a_.cols());
    ASSERT_TRUE(remove_components(oracle, components, edited));
    Matrix<float> change(a_.rows(), a_.cols());
    ASSERT_TRUE(removal_change(*basis, a_, components, change));
    for (size_t i = 0; i < a_.size(); ++i) {
      EXPECT_NEAR(change.values()[i], edited.values()[i] - a_.values()[i],
                  1e-5);
      if (components.empty() && op_.identity_when_empty()) {
        EXPECT_EQ(change.values()[i], 0);
      }
    }
  }
}

TEST_P(EveryOperator, CodesAndAtomsAreThoseOfTheDecomposition) {
  const auto basis = fitted(a_, op_);
  const CentredSvd oracle = decompose(a_, op_).value();
  ASSERT_EQ(basis->n_components(), oracle.svd.rank());
  double total = 0;
  for (const double s : oracle.svd.singular_values) total += s * s;
  EXPECT_NEAR(centred_energy(*basis, a_), total, 1e-9 * total);
  for (size_t k = 0; k < basis->n_components(); ++k) {
    const double s = oracle.svd.singular_values[k];
    const SingularVectors want = oracle.svd.vectors(k);
    const auto codes = basis->encode(a_, {{k}}).value();
    const auto atoms = basis->atoms({{k}}).value();
    for (size_t t = 0; t < a_.rows(); ++t) {
      EXPECT_NEAR(codes(t, 0), s * want.left[t],
                  1e-9 * oracle.svd.singular_values[0]);
    }
    for (size_t j = 0; j < a_.cols(); ++j)
      EXPECT_NEAR(atoms(0, j), want.right[j], 1e-12);
    EXPECT_NEAR(energy_share(*basis, a_, {{k}}).value(), 100 * s * s / total,
                1e-9);
  }
}

INSTANTIATE_TEST_SUITE_P(Svd, EveryOperator,
                         testing::Combine(testing::ValuesIn(kAll),
                                          testing::ValuesIn(kAll),
                                          testing::Values(9, 60)));

TEST(TextSvd, SmallChangeKeepsItsDigits) {
  Matrix<float> a = random_activations(8, 32, 1);
  const Matrix<float> tiny = random_activations(8, 32, 3);
  for (size_t i = 0; i < a.size(); ++i)
    a.values()[i] = 1000 * a.values()[i] + 0.01f * tiny.values()[i];
  const auto basis = fitted(a, {Mean::kNeuron, Mean::kNeuron});
  const size_t last = basis->n_components() - 1;
  Matrix<float> change(8, 32);
  ASSERT_TRUE(removal_change(*basis, a, {{last}}, change));
  double squares = 0;
  for (const float value : change.values()) squares += double{value} * value;
  const double s = basis->singular_values()[last];
  EXPECT_NEAR(std::sqrt(squares), s, 1e-5 * s);
}

TEST(TextSvd, WhatCannotBeAskedForIsNamed) {
  const Matrix<float> a = random_activations(9, 24, 4);
  const auto basis = fitted(a, {Mean::kNone, Mean::kNone});
  Matrix<float> out(9, 24);
  for (const size_t component : {4, 8, 100}) {
    const auto status = removal_change(*basis, a, {{0, component}}, out);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kBadInput);
    EXPECT_THAT(status.error().message, HasSubstr("rank 4"));
  }
  Matrix<float> small(8, 24);
  EXPECT_THAT(removal_change(*basis, a, {{0}}, small).error().message,
              HasSubstr("[9, 24]"));
  const Matrix<float> narrow(9, 23);
  EXPECT_THAT(basis->encode(narrow, {{0}}).error().message, HasSubstr("24"));
}

}  // namespace
}  // namespace excise
