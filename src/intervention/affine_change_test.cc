// Edited activations and edited weights are the same thing.
#include "intervention/affine_change.h"

#include <gtest/gtest.h>

#include "testing/random_matrix.h"

namespace excise {
namespace {

AffineChange random_change(size_t components, size_t width) {
  AffineChange change;
  change.filters = random_matrix<double>(components, width, 1);
  change.atoms = random_matrix<double>(components, width, 2);
  const Matrix<double> offsets = random_matrix<double>(1, components, 3);
  const Matrix<double> shift = random_matrix<double>(1, width, 4);
  change.offsets.assign(offsets.values().begin(), offsets.values().end());
  change.shift.assign(shift.values().begin(), shift.values().end());
  return change;
}

// x W + b.
Matrix<double> linear(const Matrix<double>& x, const Matrix<double>& w,
                      const Matrix<double>& b) {
  Matrix<double> y(x.rows(), w.cols());
  for (size_t i = 0; i < y.rows(); ++i) {
    for (size_t j = 0; j < y.cols(); ++j) {
      y(i, j) = b(0, j);
      for (size_t k = 0; k < w.rows(); ++k) y(i, j) += x(i, k) * w(k, j);
    }
  }
  return y;
}

// By the formula, element by element.
Matrix<double> changed(const AffineChange& change, const Matrix<double>& a) {
  Matrix<double> out = a.clone();
  for (size_t i = 0; i < a.rows(); ++i) {
    for (size_t j = 0; j < a.cols(); ++j) out(i, j) += change.shift[j];
    for (size_t k = 0; k < change.offsets.size(); ++k) {
      double code = -change.offsets[k];
      for (size_t j = 0; j < a.cols(); ++j)
        code += a(i, j) * change.filters(k, j);
      for (size_t j = 0; j < a.cols(); ++j)
        out(i, j) -= code * change.atoms(k, j);
    }
  }
  return out;
}

void expect_equal(const Matrix<double>& a, const Matrix<double>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_NEAR(a.values()[i], b.values()[i], 1e-10) << i;
  }
}

class AffineChangeTest : public testing::TestWithParam<size_t> {};

TEST_P(AffineChangeTest, IsItsFormula) {
  const AffineChange change = random_change(GetParam(), 13);
  const Matrix<double> a = random_matrix<double>(5, 13, 5);
  Matrix<float> rows = converted<float, double>(a.view());
  const Matrix<double> expected =
      changed(change, converted<double, float>(rows.view()));
  apply_change(change, rows);
  for (size_t i = 0; i < rows.size(); ++i) {
    ASSERT_NEAR(rows.values()[i], expected.values()[i], 1e-5);
  }
}

TEST_P(AffineChangeTest, FoldsIntoWhatWritesTheActivation) {
  const AffineChange change = random_change(GetParam(), 13);
  const Matrix<double> x = random_matrix<double>(6, 8, 6);
  Matrix<double> w = random_matrix<double>(8, 13, 7);
  Matrix<double> b = random_matrix<double>(1, 13, 8);
  const Matrix<double> expected = changed(change, linear(x, w, b));
  fold_into_output(change, w, b);
  expect_equal(linear(x, w, b), expected);
}

TEST_P(AffineChangeTest, FoldsIntoWhatReadsTheActivation) {
  const AffineChange change = random_change(GetParam(), 13);
  const Matrix<double> a = random_matrix<double>(6, 13, 6);
  Matrix<double> w = random_matrix<double>(13, 8, 7);
  Matrix<double> b = random_matrix<double>(1, 8, 8);
  const Matrix<double> expected = linear(changed(change, a), w, b);
  fold_into_input(change, w, b);
  expect_equal(linear(a, w, b), expected);
}

INSTANTIATE_TEST_SUITE_P(Components, AffineChangeTest,
                         testing::Values(0, 1, 3));

}  // namespace
}  // namespace excise
