#include "experiment/concept/probe.h"

#include <algorithm>
#include <array>
#include <vector>

#include "math/linalg/product.h"
#include "math/linalg/symmetric.h"

namespace excise {
namespace {

constexpr double kPenalty = 0.01;

double target(int label) { return label == 0 ? 1 : -1; }

// Mean over the classes of the share of rows on the right side.
double balanced_accuracy(std::span<const double> scores,
                         std::span<const int> classes) {
  std::array<double, 2> right = {}, all = {};
  for (size_t i = 0; i < scores.size(); ++i) {
    const auto label = static_cast<size_t>(classes[i]);
    all[label] += 1;
    right[label] += scores[i] * target(classes[i]) > 0 ? 1 : 0;
  }
  return (right[0] / all[0] + right[1] / all[1]) / 2;
}

bool has_both(std::span<const int> classes) {
  return std::ranges::count(classes, 0) > 0 &&
         std::ranges::count(classes, 1) > 0;
}

}  // namespace

Result<double> probe_accuracy(MatrixView<const float> train,
                              std::span<const int> train_classes,
                              MatrixView<const float> test,
                              std::span<const int> test_classes) {
  if (!has_both(train_classes) || !has_both(test_classes)) {
    return fail(ErrorCode::kBadInput, {.where = "probe",
                                       .subject = "classes",
                                       .expected = "tokens of both",
                                       .found = "one of them only"});
  }
  auto x = converted<double>(train);
  auto y = converted<double>(test);
  std::vector<double> mean(x.cols());
  for (size_t i = 0; i < x.rows(); ++i) {
    for (size_t j = 0; j < x.cols(); ++j) {
      mean[j] += x(i, j) / static_cast<double>(x.rows());
    }
  }
  for (Matrix<double>* rows : {&x, &y}) {
    for (size_t i = 0; i < rows->rows(); ++i) {
      for (size_t j = 0; j < mean.size(); ++j) (*rows)(i, j) -= mean[j];
    }
  }
  // Targets with the classes at equal weight, so that the larger one has no
  // advantage.
  const auto n0 = static_cast<double>(std::ranges::count(train_classes, 0));
  const auto n = static_cast<double>(train_classes.size());
  const double offset = 2 * n0 / n - 1;  // mean of the targets
  // In the dual: scores = Y X^T (X X^T + penalty)^{-1} targets.
  Matrix<double> gram = row_gram(x);
  double trace = 0;
  for (size_t i = 0; i < gram.rows(); ++i) trace += gram(i, i);
  const double penalty = kPenalty * trace / n + 1e-12;
  const Eigen eigen = EXCISE_TRY(eigen_decompose(std::move(gram)));
  std::vector<double> dual(x.rows());
  for (size_t k = 0; k < eigen.values.size(); ++k) {
    const std::span<const double> v = eigen.vectors.row(k);
    double dot = 0;
    for (size_t i = 0; i < v.size(); ++i) {
      dot += v[i] * (target(train_classes[i]) - offset);
    }
    const double factor = dot / (std::max(eigen.values[k], 0.0) + penalty);
    for (size_t i = 0; i < v.size(); ++i) dual[i] += factor * v[i];
  }
  const Matrix<double> cross = product_bt(y, x);
  std::vector<double> scores(y.rows());
  for (size_t i = 0; i < y.rows(); ++i) {
    for (size_t j = 0; j < dual.size(); ++j) scores[i] += cross(i, j) * dual[j];
  }
  return balanced_accuracy(scores, test_classes);
}

}  // namespace excise
