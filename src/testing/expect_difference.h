// For tests: differences against two full evaluations.
#ifndef EXCISE_TESTING_EXPECT_DIFFERENCE_H_
#define EXCISE_TESTING_EXPECT_DIFFERENCE_H_

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "core/matrix.h"
#include "math/ops/bfloat16.h"

namespace excise {

// Block b of delta added to x.
inline Matrix<float> changed(const Matrix<float>& x, const Matrix<float>& delta,
                             size_t block) {
  Matrix<float> sum = x.clone();
  for (size_t i = 0; i < sum.size(); ++i) {
    sum.values()[i] += delta.values()[block * sum.size() + i];
  }
  return sum;
}

inline void expect_close(const Matrix<float>& found,
                         const Matrix<float>& expected, double tolerance) {
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(found.values()[i], expected.values()[i], tolerance) << i;
}

inline void expect_difference(const Matrix<float>& edited,
                              const Matrix<float>& clean,
                              const Matrix<float>& difference, size_t block,
                              double tolerance) {
  for (size_t i = 0; i < clean.size(); ++i) {
    const double expected =
        double{edited.values()[i]} - double{clean.values()[i]};
    ASSERT_NEAR(difference.values()[block * clean.size() + i], expected,
                tolerance)
        << i;
  }
}

inline void expect_zeros(const Matrix<float>& found) {
  for (size_t i = 0; i < found.size(); ++i)
    ASSERT_EQ(found.values()[i], 0.0F) << i;
}

// bfloat16 keeps 8 significant bits.
inline void expect_rounded(const Matrix<BFloat16>& rounded,
                           const Matrix<float>& exact) {
  for (size_t i = 0; i < exact.size(); ++i) {
    const auto bits = static_cast<uint32_t>(rounded.values()[i].bits) << 16;
    const float value = exact.values()[i];
    ASSERT_NEAR(std::bit_cast<float>(bits), value,
                std::abs(value) / 256 + 1e-30)
        << i;
  }
}

}  // namespace excise

#endif  // EXCISE_TESTING_EXPECT_DIFFERENCE_H_
