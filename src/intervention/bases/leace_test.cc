#include "intervention/bases/leace.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "intervention/linear_basis.h"
#include "math/linalg/product.h"
#include "math/linalg/symmetric.h"
#include "testing/made_data.h"

namespace excise {
namespace {

// Least squares of one-hot classes on activations and a constant, with a ridge
// for the directions that are gone: the accuracy on what it was fitted on.
double refitted_accuracy(const Matrix<float>& a, std::span<const int> classes,
                         size_t n_classes) {
  std::vector<size_t> rows;
  for (size_t t = 0; t < classes.size(); ++t) {
    if (classes[t] >= 0) rows.push_back(t);
  }
  Matrix<double> x(rows.size(), a.cols());
  Matrix<double> z(rows.size(), n_classes);
  std::vector<double> mean(a.cols()), share(n_classes);
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t j = 0; j < a.cols(); ++j) {
      x(i, j) = a(rows[i], j);
      mean[j] += x(i, j) / static_cast<double>(rows.size());
    }
    const auto c = static_cast<size_t>(classes[rows[i]]);
    z(i, c) = 1;
    share[c] += 1 / static_cast<double>(rows.size());
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t j = 0; j < a.cols(); ++j) x(i, j) -= mean[j];
  }
  const Eigen eigen = eigen_decompose(column_gram(x)).value();
  Matrix<double> inside = product_bt(x, eigen.vectors);  // [rows, neurons]
  Matrix<double> weights = product_at(inside, z);
  for (size_t k = 0; k < weights.rows(); ++k) {
    for (double& value : weights.row(k))
      value /= eigen.values[k] + 1e-6 * eigen.values[0];
  }
  const Matrix<double> scores = product(inside, weights);
  size_t right = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    size_t best = 0;
    for (size_t c = 1; c < n_classes; ++c) {
      if (scores(i, c) + share[c] > scores(i, best) + share[best]) best = c;
    }
    right += z(i, best) == 1;
  }
  return static_cast<double>(right) / static_cast<double>(rows.size());
}

// Chance is the share of the most frequent class.
TEST(Leace, LeavesARefittedClassifierAtChance) {
  for (const size_t n_classes : {2, 3}) {
    const Data data = made(400, 48, n_classes);
    std::vector<size_t> counts(n_classes);
    size_t labelled = 0;
    for (const int c : data.classes) {
      if (c < 0) continue;
      ++counts[static_cast<size_t>(c)];
      ++labelled;
    }
    const double chance =
        static_cast<double>(*std::ranges::max_element(counts)) /
        static_cast<double>(labelled);
    for (const double shrinkage : {0.0, 0.1}) {
      const auto basis = fitted("leace", data, {.shrinkage = shrinkage});
      EXPECT_EQ(basis->n_components(), n_classes - 1);
      const Matrix<float> edited =
          without(*basis, data.a, all_components(*basis));
      EXPECT_GT(refitted_accuracy(data.a, data.classes, n_classes),
                chance + 0.2);
      EXPECT_NEAR(refitted_accuracy(edited, data.classes, n_classes), chance,
                  0.01);
    }
  }
}

// The dual form of few tokens and the form of many are the same operator where
// both can be had: in 24 of 48 dimensions.
TEST(Leace, DualFormIsThatOfManyTokens) {
  const Data data = made(48, 48);
  for (const double shrinkage : {0.0, 0.05}) {
    const auto dual = fitted("leace", data, {.shrinkage = shrinkage});
    // Every token twice: the same moments, more tokens than neurons.
    Data twice{Matrix<float>(96, 48), {}};
    for (size_t t = 0; t < 96; ++t) {
      std::ranges::copy(data.a.row(t % 48), twice.a.row(t).begin());
      twice.classes.push_back(data.classes[t % 48]);
    }
    const auto many = fitted("leace", twice, {.shrinkage = shrinkage});
    EXPECT_LT(largest_difference(without(*dual, data.a, {{0}}),
                                 without(*many, data.a, {{0}})),
              1e-4);
  }
}

TEST(Leace, SaysWhereTheCovarianceIsSingular) {
  FitOptions options;
  const auto note_of = [&](const Data& data) {
    return dynamic_cast<const LinearBasis&>(*fitted("leace", data, options))
        .parts()
        .note;
  };
  EXPECT_EQ(note_of(made(300, 24)), "");
  EXPECT_NE(note_of(made(30, 40))
                .find("fitted on 24 labelled tokens, no more "
                      "than the 40 neurons: their covariance is singular"),
            std::string::npos);
  options.shrinkage = 0.1;
  EXPECT_NE(note_of(made(30, 40)).find("40 neurons, with shrinkage: "),
            std::string::npos);
}

}  // namespace
}  // namespace excise
