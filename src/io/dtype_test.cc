#include "io/dtype.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

namespace excise {
namespace {

std::vector<uint16_t> all_sixteen_bits() {
  std::vector<uint16_t> bits(65536);
  for (size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<uint16_t>(i);
  return bits;
}

// From the definition of IEEE 754 binary16.
float half_value(uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  const float sign = (bits & 0x8000) != 0 ? -1.0F : 1.0F;
  if (exponent == 31) return fraction == 0 ? sign * INFINITY : NAN;
  if (exponent == 0)
    return sign * std::ldexp(static_cast<float>(fraction), -24);
  return sign *
         std::ldexp(1.0F + static_cast<float>(fraction) / 1024, exponent - 15);
}

TEST(DTypeTest, EveryHalfIsWidenedExactly) {
  const std::vector<uint16_t> bits = all_sixteen_bits();
  std::vector<float> values(bits.size());
  convert_to_float(DType::kF16, std::as_bytes(std::span(bits)), values);
  for (size_t i = 0; i < bits.size(); ++i) {
    const float expected = half_value(bits[i]);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(values[i])) << i;
    } else {
      EXPECT_EQ(std::bit_cast<uint32_t>(values[i]),
                std::bit_cast<uint32_t>(expected))
          << i;
    }
  }
}

TEST(DTypeTest, SixteenBitTypesRoundTrip) {
  const std::vector<uint16_t> bits = all_sixteen_bits();
  for (const DType dtype : {DType::kF16, DType::kBF16}) {
    std::vector<float> values(bits.size());
    convert_to_float(dtype, std::as_bytes(std::span(bits)), values);
    std::vector<uint16_t> back(bits.size());
    convert_from_float(values, dtype, std::as_writable_bytes(std::span(back)));
    for (size_t i = 0; i < bits.size(); ++i) {
      if (std::isnan(values[i])) continue;
      EXPECT_EQ(back[i], bits[i]) << i;
    }
  }
}

TEST(DTypeTest, HalvesRoundToEven) {
  // Halfway between 1 and the next half, and between that and the one after.
  const std::vector<float> values = {1.0F + 0x1p-11F, 1.0F + 3 * 0x1p-11F,
                                     65520.0F,        65519.0F,
                                     0x1p-25F,        0x1.8p-25F};
  std::vector<uint16_t> bits(values.size());
  convert_from_float(values, DType::kF16,
                     std::as_writable_bytes(std::span(bits)));
  EXPECT_EQ(bits,
            (std::vector<uint16_t>{0x3C00, 0x3C02, 0x7C00, 0x7BFF, 0, 1}));
}

TEST(DTypeTest, NonFiniteNumbersAreFound) {
  std::vector<float> values(100000, 1.0F);
  EXPECT_FALSE(first_non_finite(DType::kF32, std::as_bytes(std::span(values))));
  values[70000] = NAN;
  EXPECT_EQ(first_non_finite(DType::kF32, std::as_bytes(std::span(values))),
            70000U);
  values[3] = -INFINITY;
  EXPECT_EQ(first_non_finite(DType::kF32, std::as_bytes(std::span(values))),
            3U);
  const std::vector<uint16_t> half = {0x7BFF, 0xFC00};
  EXPECT_EQ(first_non_finite(DType::kF16, std::as_bytes(std::span(half))), 1U);
  EXPECT_FALSE(
      first_non_finite(DType::kBF16, std::as_bytes(std::span(half).first(1))));
  const std::vector<int64_t> ints = {-1};
  EXPECT_FALSE(first_non_finite(DType::kI64, std::as_bytes(std::span(ints))));
}

TEST(DTypeTest, NamesRoundTrip) {
  for (const char* name : {"BOOL", "U8", "I8", "I16", "U16", "F16", "BF16",
                           "I32", "U32", "F32", "I64", "U64", "F64"}) {
    EXPECT_EQ(dtype_name(*parse_dtype(name)), name);
  }
  EXPECT_FALSE(parse_dtype("F8_E4M3"));
}

}  // namespace
}  // namespace excise
