#include "intervention/bases/moments.h"

#include <algorithm>
#include <string>
#include <utility>

#include "math/linalg/product.h"
#include "math/linalg/symmetric.h"

namespace excise {
namespace {

void subtract(std::span<const double> from, std::span<double> row) {
  for (size_t j = 0; j < row.size(); ++j) row[j] -= from[j];
}

void add_to(std::span<const double> row, std::span<double> sum) {
  for (size_t j = 0; j < row.size(); ++j) sum[j] += row[j];
}

// The rows of a block that are in class c.
Matrix<double> rows_of_class(const Matrix<double>& rows,
                             std::span<const int> classes, int c) {
  const auto count = static_cast<size_t>(std::ranges::count(classes, c));
  auto chosen = Matrix<double>::uninitialized(count, rows.cols());
  size_t next = 0;
  for (size_t t = 0; t < rows.rows(); ++t) {
    if (classes[t] == c)
      std::ranges::copy(rows.row(t), chosen.row(next++).begin());
  }
  return chosen;
}

}  // namespace

Moments::Moments(size_t neurons) : sum_(neurons), upper_(neurons, neurons) {}

void Moments::add(const Matrix<double>& rows) {
  if (rows.empty()) return;
  if (shift_.empty()) {
    shift_.resize(sum_.size());
    for (size_t t = 0; t < rows.rows(); ++t) add_to(rows.row(t), shift_);
    for (double& value : shift_) value /= static_cast<double>(rows.rows());
  }
  Matrix<double> shifted = rows.clone();
  for (size_t t = 0; t < rows.rows(); ++t) {
    subtract(shift_, shifted.row(t));
    add_to(std::as_const(shifted).row(t), sum_);
  }
  add_column_gram(shifted, upper_);
  count_ += rows.rows();
}

std::vector<double> Moments::mean() const {
  std::vector<double> mean = sum_;
  if (count_ == 0) return mean;
  for (size_t j = 0; j < mean.size(); ++j)
    mean[j] = shift_[j] + mean[j] / static_cast<double>(count_);
  return mean;
}

Matrix<double> Moments::scatter() const {
  Matrix<double> scatter = upper_.clone();
  const double n = static_cast<double>(std::max<size_t>(count_, 1));
  for (size_t i = 0; i < scatter.rows(); ++i) {
    for (size_t j = i; j < scatter.cols(); ++j)
      scatter(i, j) -= sum_[i] * sum_[j] / n;
  }
  copy_upper_triangle(scatter);
  return scatter;
}

Matrix<double> Moments::products() const {
  Matrix<double> products = scatter();
  const std::vector<double> center = mean();
  const auto n = static_cast<double>(count_);
  for (size_t i = 0; i < products.rows(); ++i) {
    for (size_t j = 0; j < products.cols(); ++j)
      products(i, j) += n * center[i] * center[j];
  }
  return products;
}

Result<std::vector<Moments>> class_moments(const FitInput& input,
                                           size_t n_classes) {
  std::vector<Moments> moments;
  for (size_t c = 0; c < n_classes; ++c)
    moments.emplace_back(input.activations.n_neurons());
  EXCISE_CHECK(input.activations.for_each(
      [&](Matrix<double>& rows, size_t first) -> Status {
        const auto classes = input.classes.subspan(first, rows.rows());
        for (size_t c = 0; c < n_classes; ++c)
          moments[c].add(rows_of_class(rows, classes, static_cast<int>(c)));
        return {};
      }));
  return moments;
}

Result<Matrix<double>> class_means(const FitInput& input,
                                   std::span<const size_t> sizes) {
  Matrix<double> means(sizes.size(), input.activations.n_neurons());
  EXCISE_CHECK(input.activations.for_each([&](Matrix<double>& rows,
                                              size_t first) -> Status {
    for (size_t t = 0; t < rows.rows(); ++t) {
      const int c = input.classes[first + t];
      if (c >= 0) {
        add_to(std::as_const(rows).row(t), means.row(static_cast<size_t>(c)));
      }
    }
    return {};
  }));
  for (size_t c = 0; c < sizes.size(); ++c) {
    for (double& value : means.row(c)) value /= static_cast<double>(sizes[c]);
  }
  return means;
}

std::vector<double> overall_mean(const Matrix<double>& means,
                                 std::span<const size_t> sizes) {
  std::vector<double> mean(means.cols());
  double total = 0;
  for (size_t c = 0; c < sizes.size(); ++c) {
    const auto size = static_cast<double>(sizes[c]);
    total += size;
    for (size_t j = 0; j < mean.size(); ++j) mean[j] += size * means(c, j);
  }
  for (double& value : mean) value /= total;
  return mean;
}

Matrix<double> codes_of_means(const Matrix<double>& means,
                              std::span<const double> mean,
                              const Matrix<double>& filters) {
  Matrix<double> centred = means.clone();
  if (!mean.empty()) {
    for (size_t c = 0; c < centred.rows(); ++c) subtract(mean, centred.row(c));
  }
  return product_bt(centred, filters);
}

tl::unexpected<Error> equal_classes(std::string_view basis) {
  return fail(ErrorCode::kBadInput,
              {.where = "fit",
               .subject = "the " + std::string(basis) + " basis",
               .expected = "classes whose activations differ",
               .found = "the same",
               .hint = "check --class-file and --class-tokens, and that the "
                       "hook sees the difference"});
}

Result<Matrix<double>> collected(const FitInput& input) {
  const auto taken = [&](size_t token) {
    return input.classes.empty() || input.classes[token] >= 0;
  };
  size_t count = 0;
  for (size_t t = 0; t < input.activations.n_tokens(); ++t) count += taken(t);
  Matrix<double> all(count, input.activations.n_neurons());
  size_t next = 0;
  EXCISE_CHECK(input.activations.for_each(
      [&](Matrix<double>& rows, size_t first) -> Status {
        for (size_t t = 0; t < rows.rows(); ++t) {
          if (taken(first + t))
            std::ranges::copy(rows.row(t), all.row(next++).begin());
        }
        return {};
      }));
  return all;
}

Status shrink(double shrinkage, Matrix<double>& covariance) {
  if (!(shrinkage >= 0 && shrinkage <= 1)) {
    return fail(ErrorCode::kBadInput, {.where = "fit",
                                       .subject = "shrinkage",
                                       .expected = "0 to 1",
                                       .found = std::to_string(shrinkage)});
  }
  const size_t n = covariance.rows();
  double trace = 0;
  for (size_t i = 0; i < n; ++i) trace += covariance(i, i);
  for (double& value : covariance.values()) value *= 1 - shrinkage;
  for (size_t i = 0; i < n; ++i)
    covariance(i, i) += shrinkage * trace / static_cast<double>(n);
  return {};
}

}  // namespace excise
