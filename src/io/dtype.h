// Element types of safetensors and GGUF files and their conversion.
#ifndef EXCISE_IO_DTYPE_H_
#define EXCISE_IO_DTYPE_H_

#include <cstddef>
#include <cstdint>
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
  kF64,
  // Of GGUF: blocks of elements that share a scale.
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ8_0,
  kQ2_K,
  kQ3_K,
  kQ4_K,
  kQ5_K,
  kQ6_K,
  kIQ1_S,
  kIQ1_M,
  kIQ2_XXS,
  kIQ2_XS,
  kIQ2_S,
  kIQ3_XXS,
  kIQ3_S,
  kIQ4_NL,
  kIQ4_XS,
  kTQ1_0,
  kTQ2_0,
  kMXFP4
};

std::string_view dtype_name(DType dtype);  // "F32", as the formats write it
// Bytes of one element, or of a block of them.
size_t dtype_size(DType dtype);
// Elements of a block; 1 where each stands alone.
size_t dtype_block(DType dtype);
// Bytes of `elements`, whole blocks of them.
size_t stored_bytes(DType dtype, size_t elements);
// Of safetensors. None for another, and for blocks.
std::optional<DType> parse_dtype(std::string_view name);
// By the number that GGUF files give it. None for a type that is not read.
std::optional<DType> ggml_dtype(uint32_t type);

// Elements of `dtype` in `bytes` as float or double. out has as many elements
// as bytes hold. Exact, except for integers and F64 that float cannot hold.
void convert_to_float(DType dtype, std::span<const std::byte> bytes,
                      std::span<float> out);
void convert_to_double(DType dtype, std::span<const std::byte> bytes,
                       std::span<double> out);

// The reverse, for F32, F16 and BF16: rounds to nearest, ties to even.
void convert_from_float(std::span<const float> values, DType dtype,
                        std::span<std::byte> out);

// Index of the first NaN or infinity; none for integer types. Of blocks, of
// what they stand for.
std::optional<size_t> first_non_finite(DType dtype,
                                       std::span<const std::byte> bytes);

}  // namespace excise

#endif  // EXCISE_IO_DTYPE_H_
