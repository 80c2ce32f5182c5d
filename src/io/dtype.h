// Element types of safetensors files and their conversion.
#ifndef EXCISE_IO_DTYPE_H_
#define EXCISE_IO_DTYPE_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace excise {

enum class DType {
  kBool,
  kU8,
  kI8,
  kI16,
  kU16,
  kF16,
  kBF16,
  kI32,
  kU32,
  kF32,
  kI64,
  kU64,
  kF64
};

std::string_view dtype_name(DType dtype);  // "F32", as the format writes it
size_t dtype_size(DType dtype);            // bytes of one element
std::optional<DType> parse_dtype(std::string_view name);

// Elements of `dtype` in `bytes` as float or double. out has as many elements
// as bytes hold. Exact, except for integers and F64 that float cannot hold.
void convert_to_float(DType dtype, std::span<const std::byte> bytes,
                      std::span<float> out);
void convert_to_double(DType dtype, std::span<const std::byte> bytes,
                       std::span<double> out);

// The reverse, for F32, F16 and BF16: rounds to nearest, ties to even.
void convert_from_float(std::span<const float> values, DType dtype,
                        std::span<std::byte> out);

// Index of the first NaN or infinity; none for integer types.
std::optional<size_t> first_non_finite(DType dtype,
                                       std::span<const std::byte> bytes);

}  // namespace excise

#endif  // EXCISE_IO_DTYPE_H_
