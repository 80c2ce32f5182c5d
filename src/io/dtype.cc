#include "io/dtype.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "io/blocks.h"
#include "io/widen.h"

namespace excise {
namespace {

static_assert(std::endian::native == std::endian::little,
              "safetensors are little endian; nothing here swaps bytes");

struct DTypeFacts {
  DType dtype;
  std::string_view name;
  size_t size;       // bytes of a block
  size_t block = 1;  // elements of it
  int ggml = -1;     // its number in GGUF files; below 0: none
};

constexpr auto kDTypes = std::to_array<DTypeFacts>({
    {DType::kBool, "BOOL", 1},
    {DType::kU8, "U8", 1},
    {DType::kI8, "I8", 1, 1, 24},
    {DType::kI16, "I16", 2, 1, 25},
    {DType::kU16, "U16", 2},
    {DType::kF16, "F16", 2, 1, 1},
    {DType::kBF16, "BF16", 2, 1, 30},
    {DType::kI32, "I32", 4, 1, 26},
    {DType::kU32, "U32", 4},
    {DType::kF32, "F32", 4, 1, 0},
    {DType::kI64, "I64", 8, 1, 27},
    {DType::kU64, "U64", 8},
    {DType::kF64, "F64", 8, 1, 28},
    {DType::kQ4_0, "Q4_0", 18, 32, 2},
    {DType::kQ4_1, "Q4_1", 20, 32, 3},
    {DType::kQ5_0, "Q5_0", 22, 32, 6},
    {DType::kQ5_1, "Q5_1", 24, 32, 7},
    {DType::kQ8_0, "Q8_0", 34, 32, 8},
    {DType::kQ2_K, "Q2_K", 84, 256, 10},
    {DType::kQ3_K, "Q3_K", 110, 256, 11},
    {DType::kQ4_K, "Q4_K", 144, 256, 12},
    {DType::kQ5_K, "Q5_K", 176, 256, 13},
    {DType::kQ6_K, "Q6_K", 210, 256, 14},
    {DType::kIQ1_S, "IQ1_S", 50, 256, 19},
    {DType::kIQ1_M, "IQ1_M", 56, 256, 29},
    {DType::kIQ2_XXS, "IQ2_XXS", 66, 256, 16},
    {DType::kIQ2_XS, "IQ2_XS", 74, 256, 17},
    {DType::kIQ2_S, "IQ2_S", 82, 256, 22},
    {DType::kIQ3_XXS, "IQ3_XXS", 98, 256, 18},
    {DType::kIQ3_S, "IQ3_S", 110, 256, 21},
    {DType::kIQ4_NL, "IQ4_NL", 18, 32, 20},
    {DType::kIQ4_XS, "IQ4_XS", 136, 256, 23},
    {DType::kTQ1_0, "TQ1_0", 54, 256, 34},
    {DType::kTQ2_0, "TQ2_0", 66, 256, 35},
    {DType::kMXFP4, "MXFP4", 17, 32, 39},
});
static_assert([] {
  for (size_t i = 0; i < kDTypes.size(); ++i)
    if (kDTypes[i].dtype != static_cast<DType>(i)) return false;
  return kDTypes.back().dtype == DType::kMXFP4;
}());

const DTypeFacts& facts_of(DType dtype) {
  return kDTypes[static_cast<size_t>(dtype)];
}

// Below this many elements a second thread costs more than it saves.
constexpr size_t kParallelElements = size_t{1} << 16;

// Exact, for every half: the exponent is moved by a product, which also gives
// subnormals their leading bit; infinities and NaN get the full exponent.
inline float half_to_float(uint16_t half) {
  const uint32_t magnitude = half & 0x7FFFU;
  const uint32_t sign = (half & 0x8000U) << 16;
  const float scaled =
      std::bit_cast<float>(magnitude << 13) * std::bit_cast<float>(0x77800000U);
  const uint32_t special = magnitude >= 0x7C00U ? 0x7F800000U : 0U;
  return std::bit_cast<float>(std::bit_cast<uint32_t>(scaled) | special | sign);
}

inline uint16_t float_to_half(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000U);
  const uint32_t magnitude = bits & 0x7FFFFFFFU;
  if (magnitude > 0x7F800000U) return sign | 0x7E00U;
  // Half the distance above the largest half rounds to infinity.
  if (magnitude >= 0x477FF000U) return sign | 0x7C00U;
  if (magnitude < 0x38800000U) {
    // Subnormal halves are multiples of 2^-24; nearbyint() rounds to even.
    const float steps = std::nearbyint(std::ldexp(std::abs(value), 24));
    return static_cast<uint16_t>(sign | static_cast<uint16_t>(steps));
  }
  const uint32_t rounded = magnitude + 0xFFFU + ((magnitude >> 13) & 1U);
  return static_cast<uint16_t>(sign | ((rounded - 0x38000000U) >> 13));
}

inline float bfloat_to_float(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

inline uint16_t float_to_bfloat(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return static_cast<uint16_t>((bits >> 16) | 0x40U);
  return static_cast<uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

// Stored elements need not be aligned.
template <typename T>
inline T load(const std::byte* from, size_t i) {
  T value;
  std::memcpy(&value, from + i * sizeof(T), sizeof(T));
  return value;
}

template <typename Stored, typename Out, typename F>
void convert_each(std::span<const std::byte> bytes, std::span<Out> out, F f) {
  const std::byte* from = bytes.data();
  Out* to = out.data();
  const size_t n = out.size();
#pragma omp parallel for simd schedule(static) if (n > kParallelElements)
  for (size_t i = 0; i < n; ++i) to[i] = f(load<Stored>(from, i));
}

template <typename Out>
void convert(DType dtype, std::span<const std::byte> bytes,
             std::span<Out> out) {
  const auto cast = [](auto value) { return static_cast<Out>(value); };
  switch (dtype) {
    case DType::kBool:
    case DType::kU8:
      return convert_each<uint8_t>(bytes, out, cast);
    case DType::kI8:
      return convert_each<int8_t>(bytes, out, cast);
    case DType::kI16:
      return convert_each<int16_t>(bytes, out, cast);
    case DType::kU16:
      return convert_each<uint16_t>(bytes, out, cast);
    case DType::kF16:
      return convert_each<uint16_t>(
          bytes, out, [](uint16_t h) { return Out{half_to_float(h)}; });
    case DType::kBF16:
      return convert_each<uint16_t>(
          bytes, out, [](uint16_t b) { return Out{bfloat_to_float(b)}; });
    case DType::kI32:
      return convert_each<int32_t>(bytes, out, cast);
    case DType::kU32:
      return convert_each<uint32_t>(bytes, out, cast);
    case DType::kF32:
      return convert_each<float>(bytes, out, cast);
    case DType::kI64:
      return convert_each<int64_t>(bytes, out, cast);
    case DType::kU64:
      return convert_each<uint64_t>(bytes, out, cast);
    case DType::kF64:
      return convert_each<double>(bytes, out, cast);
    default:  // blocks
      return for_each_widened(dtype, bytes, [&](size_t first, auto values) {
        std::ranges::copy(values,
                          out.begin() + static_cast<std::ptrdiff_t>(first));
        return true;
      });
  }
}

// A number is NaN or infinite where all bits of its exponent are set.
template <typename Bits>
std::optional<size_t> first_with_exponent(std::span<const std::byte> bytes,
                                          Bits exponent) {
  const size_t n = bytes.size() / sizeof(Bits);
  const std::byte* from = bytes.data();
  size_t bad = 0;
#pragma omp parallel for simd schedule(static) reduction(+ : bad) \
    if (n > kParallelElements)
  for (size_t i = 0; i < n; ++i) {
    bad += (load<Bits>(from, i) & exponent) == exponent ? 1 : 0;
  }
  if (bad == 0) return std::nullopt;
  for (size_t i = 0;; ++i) {
    if ((load<Bits>(from, i) & exponent) == exponent) return i;
  }
}

}  // namespace

std::string_view dtype_name(DType dtype) { return facts_of(dtype).name; }

size_t dtype_size(DType dtype) { return facts_of(dtype).size; }

size_t dtype_block(DType dtype) { return facts_of(dtype).block; }

size_t stored_bytes(DType dtype, size_t elements) {
  return elements / dtype_block(dtype) * dtype_size(dtype);
}

std::optional<DType> parse_dtype(std::string_view name) {
  for (const DTypeFacts& facts : kDTypes) {
    if (facts.name == name && facts.block == 1) return facts.dtype;
  }
  return std::nullopt;
}

std::optional<DType> ggml_dtype(uint32_t type) {
  for (const DTypeFacts& facts : kDTypes) {
    if (facts.ggml >= 0 && static_cast<uint32_t>(facts.ggml) == type)
      return facts.dtype;
  }
  return std::nullopt;
}

void convert_to_float(DType dtype, std::span<const std::byte> bytes,
                      std::span<float> out) {
  if (dtype == DType::kF16) return widen_half(bytes, out);
  if (dtype == DType::kBF16) return widen_bfloat(bytes, out);
  if (dtype_block(dtype) > 1) return widen_blocks(dtype, bytes, out);
  convert(dtype, bytes, out);
}

void convert_to_double(DType dtype, std::span<const std::byte> bytes,
                       std::span<double> out) {
  convert(dtype, bytes, out);
}

void convert_from_float(std::span<const float> values, DType dtype,
                        std::span<std::byte> out) {
  if (dtype == DType::kF32) {
    std::memcpy(out.data(), values.data(), values.size_bytes());
    return;
  }
  const bool half = dtype == DType::kF16;
  for (size_t i = 0; i < values.size(); ++i) {
    const uint16_t bits =
        half ? float_to_half(values[i]) : float_to_bfloat(values[i]);
    std::memcpy(out.data() + i * sizeof(bits), &bits, sizeof(bits));
  }
}

std::optional<size_t> first_non_finite(DType dtype,
                                       std::span<const std::byte> bytes) {
  switch (dtype) {
    case DType::kF16:
      return first_with_exponent<uint16_t>(bytes, 0x7C00U);
    case DType::kBF16:
      return first_with_exponent<uint16_t>(bytes, 0x7F80U);
    case DType::kF32:
      return first_with_exponent<uint32_t>(bytes, 0x7F800000U);
    case DType::kF64:
      return first_with_exponent<uint64_t>(bytes, 0x7FF0000000000000U);
    default:
      return dtype_block(dtype) > 1 ? first_non_finite_of_blocks(dtype, bytes)
                                    : std::nullopt;
  }
}

}  // namespace excise
