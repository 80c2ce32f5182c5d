// Row-major matrices: MatrixView borrows, Matrix owns. Both say rows, cols and
// stride in elements.
#ifndef EXCISE_CORE_MATRIX_H_
#define EXCISE_CORE_MATRIX_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace excise {

// a * b, or nothing when it does not fit in size_t.
inline std::optional<size_t> checked_product(size_t a, size_t b) {
  size_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

// A borrowed matrix; the owner must outlive it. MatrixView<const T> is
// read-only.
template <typename T>
class MatrixView {
 public:
  MatrixView() = default;
  MatrixView(T* data, size_t rows, size_t cols)
      : MatrixView(data, rows, cols, cols) {}
  MatrixView(T* data, size_t rows, size_t cols, size_t stride)
      : data_(data), rows_(rows), cols_(cols), stride_(stride) {}
  // A mutable view converts to a read-only one.
  template <typename U>
  requires std::is_same_v<const U, T> MatrixView(
      const MatrixView<U>& other)  // NOLINT: implicit by intent
      : MatrixView(other.data(), other.rows(), other.cols(), other.stride()) {}

  T* data() const { return data_; }
  size_t rows() const { return rows_; }
  size_t cols() const { return cols_; }
  size_t stride() const {
    return stride_;
  }  // elements from one row to the next
  bool contiguous() const { return stride_ == cols_ || rows_ <= 1; }

  std::span<T> row(size_t i) const { return {data_ + i * stride_, cols_}; }
  T& operator()(size_t i, size_t j) const { return data_[i * stride_ + j]; }

  MatrixView row_range(size_t first, size_t count) const {
    return {data_ + first * stride_, count, cols_, stride_};
  }
  MatrixView col_range(size_t first, size_t count) const {
    return {data_ + first, rows_, count, stride_};
  }

 private:
  T* data_ = nullptr;
  size_t rows_ = 0;
  size_t cols_ = 0;
  size_t stride_ = 0;
};

// At least 64-byte aligned; large memory comes in huge pages where the system
// has them. Throws std::bad_alloc.
void* allocate_aligned(size_t bytes);
void free_aligned(void* memory);

// Owns rows * cols elements, 64-byte aligned, contiguous. Moves, copies only
// through clone(). Throws std::bad_alloc when the size overflows or memory is
// short.
template <typename T>
class Matrix {
 public:
  Matrix() = default;
  // Elements are zero.
  Matrix(size_t rows, size_t cols) : Matrix(uninitialized(rows, cols)) {
    std::fill_n(data_.get(), rows * cols, T{});
  }
  static Matrix uninitialized(size_t rows, size_t cols) {
    const auto count = checked_product(rows, cols);
    const auto bytes =
        count ? checked_product(*count, sizeof(T)) : std::nullopt;
    if (!bytes) throw std::bad_alloc();
    Matrix matrix;
    matrix.rows_ = rows;
    matrix.cols_ = cols;
    matrix.data_.reset(static_cast<T*>(allocate_aligned(*bytes)));
    return matrix;
  }
  Matrix(Matrix&& other) noexcept
      : data_(std::move(other.data_)),
        rows_(std::exchange(other.rows_, 0)),
        cols_(std::exchange(other.cols_, 0)) {}
  Matrix& operator=(Matrix&& other) noexcept {
    data_ = std::move(other.data_);
    rows_ = std::exchange(other.rows_, 0);
    cols_ = std::exchange(other.cols_, 0);
    return *this;
  }

  Matrix clone() const {
    Matrix copy = uninitialized(rows_, cols_);
    std::copy_n(data_.get(), size(), copy.data_.get());
    return copy;
  }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  size_t rows() const { return rows_; }
  size_t cols() const { return cols_; }
  size_t size() const { return rows_ * cols_; }
  bool empty() const { return size() == 0; }

  std::span<T> row(size_t i) { return {data_.get() + i * cols_, cols_}; }
  std::span<const T> row(size_t i) const {
    return {data_.get() + i * cols_, cols_};
  }
  std::span<T> values() { return {data_.get(), size()}; }
  std::span<const T> values() const { return {data_.get(), size()}; }
  T& operator()(size_t i, size_t j) { return data_.get()[i * cols_ + j]; }
  const T& operator()(size_t i, size_t j) const {
    return data_.get()[i * cols_ + j];
  }

  MatrixView<T> view() { return {data_.get(), rows_, cols_}; }
  MatrixView<const T> view() const { return {data_.get(), rows_, cols_}; }
  operator MatrixView<T>() { return view(); }  // NOLINT: implicit by intent
  operator MatrixView<const T>() const {
    return view();
  }  // NOLINT: implicit by intent
  operator MatrixView<const T>() {
    return view();
  }  // NOLINT: implicit by intent

 private:
  static_assert(std::is_trivially_copyable_v<T>);
  struct Free {
    void operator()(T* data) const { free_aligned(data); }
  };
  std::unique_ptr<T, Free> data_;
  size_t rows_ = 0;
  size_t cols_ = 0;
};

template <typename To, typename From>
Matrix<To> converted(MatrixView<const From> from) {
  auto to = Matrix<To>::uninitialized(from.rows(), from.cols());
  for (size_t i = 0; i < from.rows(); ++i) {
    std::transform(from.row(i).begin(), from.row(i).end(), to.row(i).begin(),
                   [](From value) { return static_cast<To>(value); });
  }
  return to;
}

}  // namespace excise

#endif  // EXCISE_CORE_MATRIX_H_
