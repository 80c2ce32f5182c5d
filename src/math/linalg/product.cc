#include "math/linalg/product.h"

#include <cblas.h>

#include <algorithm>

namespace excise {
namespace {

Matrix<double> gemm(MatrixView<const double> a, bool a_transposed,
                    MatrixView<const double> b, bool b_transposed) {
  const size_t rows = a_transposed ? a.cols() : a.rows();
  const size_t inner = a_transposed ? a.rows() : a.cols();
  const size_t cols = b_transposed ? b.rows() : b.cols();
  Matrix<double> c(rows, cols);
  if (c.empty() || inner == 0) return c;
  // BLAS wants a stride of at least the width, also for a single row.
  const auto stride = [](MatrixView<const double> x) {
    return static_cast<int>(std::max(x.stride(), x.cols()));
  };
  cblas_dgemm(CblasRowMajor, a_transposed ? CblasTrans : CblasNoTrans,
              b_transposed ? CblasTrans : CblasNoTrans, static_cast<int>(rows),
              static_cast<int>(cols), static_cast<int>(inner), 1.0, a.data(),
              stride(a), b.data(), stride(b), 0.0, c.data(),
              static_cast<int>(cols));
  return c;
}

}  // namespace

Matrix<double> product(MatrixView<const double> a, MatrixView<const double> b) {
  return gemm(a, false, b, false);
}

Matrix<double> product_bt(MatrixView<const double> a,
                          MatrixView<const double> b) {
  return gemm(a, false, b, true);
}

Matrix<double> product_at(MatrixView<const double> a,
                          MatrixView<const double> b) {
  return gemm(a, true, b, false);
}

}  // namespace excise
