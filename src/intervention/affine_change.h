// What a linear edit does to one activation row a [width]:
//   a' = a - (a F^T - o) A + c
// F and A have a row for each component. Such an edit can be written into the
// weights on either side of the activation.
#ifndef EXCISE_INTERVENTION_AFFINE_CHANGE_H_
#define EXCISE_INTERVENTION_AFFINE_CHANGE_H_

#include <cstddef>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"

namespace excise {

struct AffineChange {
  Matrix<double> filters;       // F [components, width]
  std::vector<double> offsets;  // o [components]
  Matrix<double> atoms;         // A [components, width]
  std::vector<double> shift;    // c [width]

  size_t width() const { return shift.size(); }
};

// rows: [any, width], each becomes a'. Summed in double, then rounded.
void apply_change(const AffineChange& change, MatrixView<float> rows);
// The linear part alone, a' = a - a F^T A.
void apply_linear_part(const AffineChange& change, MatrixView<double> rows);

// The weights that give the edited activation, where a = x W + b feeds it:
//   W' = W - W F^T A,   b' = b - (b F^T - o) A + c.
// weight_rows: any rows of W [any, width]; they need not come at once.
inline void fold_into_output_weight(const AffineChange& change,
                                    MatrixView<double> weight_rows) {
  apply_linear_part(change, weight_rows);
}
void fold_into_output_bias(const AffineChange& change, MatrixView<double> bias);

// The same where the activation is read as y = a W + b and by nothing else:
//   W' = W - F^T (A W),   b' = b + (o A + c) W.
// Collects A W and (o A + c) W from all rows of W [width, outputs], in order
// and in as many parts as one likes; then the rows and the bias can be changed.
class InputFold {
 public:
  // change must outlive this.
  InputFold(const AffineChange& change, size_t outputs);
  void collect(size_t first_row, MatrixView<const double> weight_rows);
  void change_rows(size_t first_row, MatrixView<double> weight_rows) const;
  void change_bias(MatrixView<double> bias) const;  // [1, outputs]

 private:
  const AffineChange& change_;
  std::vector<double> constant_;  // o A + c, [width]
  Matrix<double> atoms_product_;  // A W, [components, outputs]
  Matrix<double> bias_change_;    // [1, outputs]
};

}  // namespace excise

#endif  // EXCISE_INTERVENTION_AFFINE_CHANGE_H_
