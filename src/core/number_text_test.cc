#include "core/number_text.h"

#include <gtest/gtest.h>

#include <cmath>

namespace excise {
namespace {

TEST(NumberText, ZeroHasNoSign) {
  for (const double zero : {0.0, -0.0, 1e-9, -1e-9}) {
    EXPECT_EQ(fixed_text(zero, 4), "0.0000");
    EXPECT_EQ(signed_fixed_text(zero, 4), "0.0000");
    EXPECT_EQ(percent_text(zero, 0), "0 %");
  }
  EXPECT_EQ(short_text(-0.0, 3), "0");
  EXPECT_EQ(signed_short_text(0.0, 3), "0");
}

TEST(NumberText, OtherNumbersKeepTheirs) {
  EXPECT_EQ(fixed_text(-0.00005001, 4), "-0.0001");
  EXPECT_EQ(signed_fixed_text(1.59324, 4), "+1.5932");
  EXPECT_EQ(signed_fixed_text(-10, 0), "-10");
  EXPECT_EQ(short_text(-2.34e-13, 2), "-2.3e-13");
  EXPECT_EQ(signed_short_text(-1e-20, 3), "-1e-20");
  EXPECT_EQ(signed_short_text(0.5, 3), "+0.5");
  EXPECT_EQ(percent_text(-0.204, 0), "-20 %");
}

TEST(NumberText, WhatIsNoNumberStays) {
  EXPECT_EQ(fixed_text(NAN, 2), "nan");
  EXPECT_EQ(signed_fixed_text(-HUGE_VAL, 2), "-inf");
  EXPECT_EQ(without_zero_sign("-"), "-");
  EXPECT_EQ(without_zero_sign(""), "");
}

TEST(NumberText, NoPIsZero) {
  EXPECT_EQ(p_words("q", 0.0312, 2), "q = 0.031");
  EXPECT_EQ(p_words("p", 2.3e-13, 2), "p = 2.3e-13");
  EXPECT_EQ(p_words("p", 2.3e-308, 2), "p < 1e-300");
  EXPECT_EQ(p_text(0.0312, 2), "0.031");
  EXPECT_EQ(p_text(2.3e-308, 2), "<1e-300");
}

}  // namespace
}  // namespace excise
