// Sums over tokens, from which bases are fitted without holding the tokens.
#ifndef EXCISE_INTERVENTION_BASES_MOMENTS_H_
#define EXCISE_INTERVENTION_BASES_MOMENTS_H_

#include <cstddef>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "intervention/bases/fit_input.h"

namespace excise {

// Count, sum and second moments [neurons, neurons] in double. Values are taken
// relative to the mean of the first rows that come, so that a mean that is
// large beside the spread costs no digits.
class Moments {
 public:
  explicit Moments(size_t neurons);
  void add(const Matrix<double>& rows);  // [any, neurons]

  size_t count() const { return count_; }
  std::vector<double> mean() const;
  // sum (x - mean)(x - mean)^T and sum x x^T, [neurons, neurons].
  Matrix<double> scatter() const;
  Matrix<double> products() const;

 private:
  size_t count_ = 0;
  std::vector<double> shift_;  // what rows are taken relative to
  std::vector<double> sum_;    // of the shifted rows
  Matrix<double> upper_;       // sum of their products, upper triangle
};

// One for each class; tokens in none are left out.
Result<std::vector<Moments>> class_moments(const FitInput& input,
                                           size_t n_classes);
// Means alone, [classes, neurons].
Result<Matrix<double>> class_means(const FitInput& input,
                                   std::span<const size_t> sizes);
// The mean of all tokens that are in a class.
std::vector<double> overall_mean(const Matrix<double>& means,
                                 std::span<const size_t> sizes);
// (class mean - mean) filters^T, [classes, components]; no mean: 0.
Matrix<double> codes_of_means(const Matrix<double>& means,
                              std::span<const double> mean,
                              const Matrix<double>& filters);
// The error bad_input of a basis that needs classes with different means.
tl::unexpected<Error> equal_classes(std::string_view basis);

// Rows of the tokens that are in a class (all tokens without classes), [any,
// neurons]: only where those are few.
Result<Matrix<double>> collected(const FitInput& input);

// C becomes (1 - shrinkage) C + shrinkage tr(C)/N I. Error bad_input unless
// 0 <= shrinkage <= 1.
Status shrink(double shrinkage, Matrix<double>& covariance);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_BASES_MOMENTS_H_
