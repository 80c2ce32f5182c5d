// A decomposition whose codes are affine in the activation: all but the sae.
#ifndef EXCISE_INTERVENTION_LINEAR_BASIS_H_
#define EXCISE_INTERVENTION_LINEAR_BASIS_H_

#include <string>
#include <vector>

#include "intervention/decomposition.h"
#include "intervention/removal.h"

namespace excise {

// codes = (a - M) filters^T,  a' = a - codes_K atoms_K + B - M.
// Bases other than svd have M = B: 0, or the mean.
struct LinearParts {
  std::string basis;
  RemovalOperator op{Mean::kNone, Mean::kNone};  // what M and B are
  std::vector<double> mean;  // [neurons] where op has a kNeuron, else empty
  Matrix<double> atoms;      // [components, neurons]
  Matrix<double> filters;    // the same; empty: the atoms are the filters
  // What the fit ranks components by, [components] or empty: singular values,
  // generalised eigenvalues, variances.
  std::vector<double> values;
  // Mean code of each class of the fit, [classes, components] or empty.
  Matrix<double> class_codes;
  std::string note;  // what one should know of this fit; mostly empty
};

class LinearBasis final : public Decomposition {
 public:
  // Turns signs so that the largest-magnitude entry of each atom (the first of
  // equals) is positive; filters and class_codes follow. The shapes must fit.
  explicit LinearBasis(LinearParts parts);

  const LinearParts& parts() const { return parts_; }
  MatrixView<const double> filters() const;  // [components, neurons]

  std::string_view basis() const override { return parts_.basis; }
  size_t n_components() const override { return parts_.atoms.rows(); }
  size_t n_neurons() const override { return parts_.atoms.cols(); }
  Result<Matrix<double>> encode(
      MatrixView<const float> a,
      std::span<const size_t> components) const override;
  Result<Matrix<double>> atoms(
      std::span<const size_t> components) const override;
  void centre(std::span<double> row) const override;
  void add_mean_change(std::span<const float> a,
                       std::span<double> row) const override;
  bool identity_when_empty() const override;

 private:
  Status check(std::span<const size_t> components) const;
  LinearParts parts_;
};

}  // namespace excise

#endif  // EXCISE_INTERVENTION_LINEAR_BASIS_H_
