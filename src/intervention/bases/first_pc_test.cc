#include "intervention/bases/first_pc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "intervention/linear_basis.h"
#include "testing/made_data.h"

namespace excise {
namespace {

using testing::HasSubstr;

// Three pairs of one token each, [class 0, class 1] in turn.
Data three_pairs() {
  constexpr std::array<std::array<float, 3>, 6> kRows = {
      {{3, 1, 0}, {1, 0, 0}, {2, -1, 1}, {-1, 0, 1}, {0, 2, 2}, {-1, 2, 1}}};
  Data data{Matrix<float>(6, 3), {0, 1, 0, 1, 0, 1}};
  for (size_t t = 0; t < 6; ++t) {
    std::ranges::copy(kRows[t], data.a.row(t).begin());
  }
  return data;
}

// NumPy: d = a[::2] - a[1::2]; numpy.linalg.svd(d) gives the first
// singular value and the first right vector, its largest entry turned positive.
TEST(FirstPc, IsThatOfNumPy) {
  constexpr double kValue = 3.7627445659667282;
  constexpr std::array kVector = {0.9937880948471304, -0.08173778028410388,
                                  0.07552587513123413};
  const auto basis = fitted("first-pc", three_pairs());
  const auto& parts = dynamic_cast<const LinearBasis&>(*basis).parts();
  EXPECT_NEAR(parts.values[0], kValue, 1e-12);
  for (size_t j = 0; j < 3; ++j) {
    EXPECT_NEAR(parts.atoms(0, j), kVector[j], 1e-12);
  }
}

TEST(FirstPc, PairsByNumberAreThoseInTheirOrder) {
  const Data in_order = three_pairs();
  // Class 1 the other way round, by number the same pairs; a further token of
  // the middle pair and one of a pair that lacks class 1.
  Data more{
      Matrix<float>(8, 3), {0, 1, 0, 1, 0, 1, 0, 0}, {0, 2, 1, 1, 2, 0, 1, 3}};
  constexpr std::array<size_t, 8> kFrom = {0, 5, 2, 3, 4, 1, 2, 0};
  for (size_t t = 0; t < 8; ++t) {
    std::ranges::copy(in_order.a.row(kFrom[t]), more.a.row(t).begin());
  }
  const auto want = fitted("first-pc", in_order)->atoms({{0}}).value();
  const auto got = fitted("first-pc", more)->atoms({{0}}).value();
  for (size_t j = 0; j < 3; ++j) EXPECT_NEAR(got(0, j), want(0, j), 1e-12);
}

// Differences that are all along one direction: that of the class means.
TEST(FirstPc, IsTheDifferenceOfMeansWherePairsAgree) {
  Data data = made(40, 12);
  data.classes.clear();
  for (size_t t = 0; t < 40; ++t) {
    data.classes.push_back(static_cast<int>(t % 2));
    if (t % 2 == 0) continue;
    for (size_t j = 0; j < 12; ++j) {
      const double step = static_cast<double>(j) - 5.0;
      data.a(t, j) =
          static_cast<float>(data.a(t - 1, j) - static_cast<double>(t) * step);
    }
  }
  const auto first = fitted("first-pc", data)->atoms({{0}}).value();
  const auto means = fitted("diff-means", data)->atoms({{0}}).value();
  for (size_t j = 0; j < 12; ++j) EXPECT_NEAR(first(0, j), means(0, j), 1e-6);
}

TEST(FirstPc, RefusesWhatHasNoPairs) {
  const auto complaint = [](const Data& data) {
    const auto result = fit("first-pc", data);
    return result ? std::string() : result.error().message;
  };
  Data data = three_pairs();
  data.classes[5] = -1;
  EXPECT_THAT(complaint(data), HasSubstr("got 3 and 2"));
  data = three_pairs();
  data.pairs = {0, 0, 1, 2, 3, 4};
  EXPECT_THAT(complaint(data), HasSubstr("at least 2 pairs"));
  data = three_pairs();
  for (size_t t = 0; t < 6; t += 2) {
    std::ranges::copy(data.a.row(t + 1), data.a.row(t).begin());
  }
  EXPECT_THAT(complaint(data), HasSubstr("differ"));
}

}  // namespace
}  // namespace excise
