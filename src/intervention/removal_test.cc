#include "intervention/removal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "testing/random_matrix.h"

namespace excise {
namespace {

using testing::HasSubstr;

constexpr Mean kAll[] = {Mean::kNone, Mean::kNeuron, Mean::kToken};

std::vector<double> mean_by_hand(const Matrix<float>& a, Mean mean) {
  std::vector<double> means(mean == Mean::kToken ? a.rows() : a.cols());
  for (size_t t = 0; t < a.rows(); ++t) {
    for (size_t j = 0; j < a.cols(); ++j) {
      if (mean == Mean::kNeuron) means[j] += double{a(t, j)};
      if (mean == Mean::kToken) means[t] += double{a(t, j)};
    }
  }
  const size_t count = mean == Mean::kToken ? a.cols() : a.rows();
  for (double& value : means) value /= static_cast<double>(count);
  return means;
}

Matrix<float> edited(const CentredSvd& decomposition,
                     std::span<const size_t> components) {
  const Matrix<double>& x = decomposition.svd.matrix;
  Matrix<float> out(x.rows(), x.cols());
  const auto status = remove_components(decomposition, components, out);
  EXPECT_TRUE(status) << status.error().message;
  return out;
}

CentredSvd decomposed(const Matrix<float>& a, RemovalOperator op) {
  auto decomposition = decompose(a, op);
  EXPECT_TRUE(decomposition) << decomposition.error().message;
  return std::move(decomposition).value();
}

std::vector<size_t> first_components(size_t count) {
  std::vector<size_t> components(count);
  std::iota(components.begin(), components.end(), size_t{0});
  return components;
}

class EveryOperator
    : public testing::TestWithParam<std::tuple<Mean, Mean, size_t>> {
 protected:
  const RemovalOperator op_{std::get<0>(GetParam()), std::get<1>(GetParam())};
  const Matrix<float> a_ = random_activations(std::get<2>(GetParam()), 24, 6);
};

TEST_P(EveryOperator, WithoutComponentsOnlyTheMeanChanges) {
  const auto centre = mean_by_hand(a_, op_.centre);
  const auto restore = mean_by_hand(a_, op_.restore);
  const Matrix<float> result = edited(decomposed(a_, op_), {});
  for (size_t t = 0; t < a_.rows(); ++t) {
    for (size_t j = 0; j < a_.cols(); ++j) {
      const double m = centre[op_.centre == Mean::kToken ? t : j];
      const double b = restore[op_.restore == Mean::kToken ? t : j];
      EXPECT_NEAR(result(t, j), a_(t, j) - m + b, 1e-5);
      if (op_.identity_when_empty()) {
        EXPECT_EQ(result(t, j), a_(t, j));
      }
    }
  }
}

TEST_P(EveryOperator, WithoutAllComponentsTheMeanIsLeft) {
  const CentredSvd decomposition = decomposed(a_, op_);
  const auto restore = mean_by_hand(a_, op_.restore);
  const Matrix<float> result =
      edited(decomposition, first_components(decomposition.svd.rank()));
  for (size_t t = 0; t < a_.rows(); ++t) {
    for (size_t j = 0; j < a_.cols(); ++j) {
      EXPECT_NEAR(result(t, j), restore[op_.restore == Mean::kToken ? t : j],
                  1e-5);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Removal, EveryOperator,
                         testing::Combine(testing::ValuesIn(kAll),
                                          testing::ValuesIn(kAll),
                                          testing::Values(9, 60)));

TEST(Removal, PcaIsAProjection) {
  const RemovalOperator op = removal_preset("pca").value();
  const CentredSvd first = decomposed(random_activations(10, 30, 10), op);
  const std::vector<double> removed = first.svd.vectors(0).right;
  const CentredSvd again = decomposed(edited(first, {{0}}), op);
  EXPECT_EQ(again.svd.rank(), 8);  // less the mean and the removed component
  for (size_t t = 0; t < 10; ++t) {
    const auto row = again.svd.matrix.row(t);
    EXPECT_NEAR(
        std::inner_product(row.begin(), row.end(), removed.begin(), 0.0), 0,
        1e-6 * first.svd.singular_values[0]);
  }
}

TEST(Removal, ComponentBeyondTheRankIsAnErrorThatNamesIt) {
  const CentredSvd decomposition =
      decomposed(random_activations(9, 24, 4), {Mean::kNone, Mean::kNone});
  Matrix<float> out(9, 24);
  for (const size_t component : {4, 8, 100}) {
    const auto status = remove_components(decomposition, {{0, component}}, out);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kBadInput);
    EXPECT_THAT(status.error().message, HasSubstr("rank 4"));
  }
}

// Sums of equal float32 values are exact in double, so is their mean.
TEST(Removal, EqualTokensHaveNothingButTheirMean) {
  Matrix<float> a(7, 24);
  for (size_t i = 0; i < a.size(); ++i)
    a.values()[i] = 0.1f * static_cast<float>(i % 24);
  const CentredSvd decomposition =
      decomposed(a, {Mean::kNeuron, Mean::kNeuron});
  EXPECT_EQ(decomposition.svd.rank(), 0);
  EXPECT_TRUE(std::ranges::equal(edited(decomposition, {}).values(),
                                 std::as_const(a).values()));
}

TEST(Removal, OutputOfAnotherShapeIsAnError) {
  const CentredSvd decomposition =
      decomposed(random_activations(9, 24, 4), {Mean::kNone, Mean::kNone});
  for (const auto& [rows, cols] :
       {std::pair<size_t, size_t>{8, 24}, {9, 25}, {24, 9}}) {
    Matrix<float> out(rows, cols);
    const auto status = remove_components(decomposition, {{0}}, out);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kBadInput);
    EXPECT_THAT(status.error().message, HasSubstr("[9, 24]"));
  }
}

TEST(Removal, OneTokenHasNothingButItsNeuronMean) {
  const Matrix<float> a = random_activations(1, 24, 1);
  const CentredSvd decomposition =
      decomposed(a, {Mean::kNeuron, Mean::kNeuron});
  Matrix<float> out(1, 24);
  EXPECT_TRUE(remove_components(decomposition, {}, out));
  const auto status = remove_components(decomposition, {{0}}, out);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("rank 0"));
}

TEST(Removal, NonFiniteActivationIsAnError) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity()}) {
    for (const size_t rank : {0, 3}) {
      Matrix<float> a = random_activations(5, 24, rank);
      a(2, 7) = bad;
      for (const Mean centre : kAll) {
        const auto decomposition = decompose(a, {centre, Mean::kNone});
        ASSERT_FALSE(decomposition);
        EXPECT_EQ(decomposition.error().code, ErrorCode::kBadInput);
      }
    }
  }
}

TEST(Removal, NamesAreReadAndWritten) {
  for (const Mean mean : kAll) {
    EXPECT_EQ(parse_mean(mean_name(mean)).value(), mean);
  }
  EXPECT_THAT(parse_mean("row").error().message,
              HasSubstr("none, neuron or token"));
  const RemovalOperator published = removal_preset("published").value();
  EXPECT_EQ(published.centre, Mean::kNone);
  EXPECT_EQ(published.restore, Mean::kToken);
  EXPECT_FALSE(published.identity_when_empty());
  EXPECT_TRUE(removal_preset("pca").value().identity_when_empty());
  EXPECT_THAT(removal_preset("publshed").error().message,
              HasSubstr("did you mean published"));
}

}  // namespace
}  // namespace excise
