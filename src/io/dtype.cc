#include "io/dtype.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "io/widen.h"

namespace excise {
namespace {

static_assert(std::endian::native == std::endian::little,
              "safetensors are little endian; nothing here swaps bytes");

struct DTypeFacts {
  DType dtype;
  std::string_view name;
  size_t size;
};

constexpr std::array<DTypeFacts, 13> kDTypes = {{{DType::kBool, "BOOL", 1},
                                                 {DType::kU8, "U8", 1},
                                                 {DType::kI8, "I8", 1},
                                                 {DType::kI16, "I16", 2},
                                                 {DType::kU16, "U16", 2},
                                                 {DType::kF16, "F16", 2},
                                                 {DType::kBF16, "BF16", 2},
                                                 {DType::kI32, "I32", 4},
                                                 {DType::kU32, "U32", 4},
                                                 {DType::kF32, "F32", 4},
                                                 {DType::kI64, "I64", 8},
                                                 {DType::kU64, "U64", 8},
                                                 {DType::kF64, "F64", 8}}};

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

std::string_view dtype_name(DType dtype) {
  return kDTypes[static_cast<size_t>(dtype)].name;
}

size_t dtype_size(DType dtype) {
  return kDTypes[static_cast<size_t>(dtype)].size;
}

std::optional<DType> parse_dtype(std::string_view name) {
  for (const DTypeFacts& facts : kDTypes) {
    if (facts.name == name) return facts.dtype;
  }
  return std::nullopt;
}

void convert_to_float(DType dtype, std::span<const std::byte> bytes,
                      std::span<float> out) {
  if (dtype == DType::kF16) return widen_half(bytes, out);
  if (dtype == DType::kBF16) return widen_bfloat(bytes, out);
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
      return std::nullopt;
  }
}

}  // namespace excise
