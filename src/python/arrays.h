// NumPy arrays that view the memory of C++ objects and keep their owner alive.
#ifndef EXCISE_PYTHON_ARRAYS_H_
#define EXCISE_PYTHON_ARRAYS_H_

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "io/dtype.h"

namespace excise {

using Shape = std::vector<size_t>;

// What Python may hand over: one row of ids, or a C-contiguous matrix.
using IdsArgument =
    nanobind::ndarray<const int64_t, nanobind::ndim<1>, nanobind::c_contig,
                      nanobind::device::cpu>;
using MatrixArgument =
    nanobind::ndarray<const float, nanobind::ndim<2>, nanobind::c_contig,
                      nanobind::device::cpu>;

// Keeps `owner` for as long as an array lives that views its memory.
template <typename T>
nanobind::capsule keep(std::shared_ptr<T> owner) {
  auto* kept = new std::shared_ptr<T>(std::move(owner));
  return nanobind::capsule(kept, [](void* pointer) noexcept {
    delete static_cast<std::shared_ptr<T>*>(pointer);
  });
}

// An array of `shape` at `data`, without a copy; `const T` gives a read-only
// one.
template <typename T>
nanobind::object array_view(T* data, const Shape& shape,
                            const nanobind::capsule& owner) {
  return nanobind::ndarray<nanobind::numpy, T>(data, shape.size(), shape.data(),
                                               owner)
      .cast();
}

// Moves the matrix into the array.
template <typename T>
nanobind::object to_array(Matrix<T> matrix, Shape shape = {}) {
  if (shape.empty()) shape = {matrix.rows(), matrix.cols()};
  const auto owner = std::make_shared<Matrix<T>>(std::move(matrix));
  return array_view<T>(owner->data(), shape, keep(owner));
}

// A read-only array over the bytes of a tensor; nothing where they are
// misaligned or of a type other than F32, F64 and I64.
std::optional<nanobind::object> tensor_view(DType dtype,
                                            std::span<const std::byte> bytes,
                                            const Shape& shape,
                                            const nanobind::capsule& owner);

inline MatrixView<const float> matrix_view(const MatrixArgument& array) {
  return {array.data(), array.shape(0), array.shape(1)};
}

// Errors: bad_input for an id that no vocabulary has.
Result<std::vector<int>> read_ids(const IdsArgument& ids);

}  // namespace excise

#endif  // EXCISE_PYTHON_ARRAYS_H_
