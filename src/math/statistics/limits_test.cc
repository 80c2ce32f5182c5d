// What the goldens leave out: the edges of each test.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "math/statistics/benjamini_hochberg.h"
#include "math/statistics/least_p.h"
#include "math/statistics/one_sample_t.h"
#include "math/statistics/ranks.h"
#include "math/statistics/student_t.h"
#include "math/statistics/wilcoxon.h"

namespace excise {
namespace {

TEST(StudentT, TailsAndInfinity) {
  EXPECT_NEAR(student_t_two_sided_p(0, 5), 1, 1e-15);
  EXPECT_NEAR(student_t_two_sided_p(1, 1), 0.5, 1e-15);  // Cauchy
  EXPECT_EQ(student_t_two_sided_p(HUGE_VAL, 5), kLeastP);
  EXPECT_EQ(student_t_two_sided_p(1e9, 5000), kLeastP);
  EXPECT_NEAR(student_t_95(1e9), 1.959963985, 1e-8);
}

TEST(OneSampleT, VarianceBeyondDoubleHasAReason) {
  const std::vector<double> tiny = {0, 1e-320};
  const std::vector<double> huge = {-1e300, 1e300};
  for (const auto& values : {tiny, huge}) {
    const auto test = one_sample_t(values);
    ASSERT_TRUE(test);
    EXPECT_FALSE(test->t || test->sd);
    EXPECT_NE(test->reason, "");
  }
}

TEST(Ranks, TiesShareTheirMean) {
  EXPECT_EQ(mean_ranks(std::vector<double>{3, 1, 3, 2, 3}),
            (std::vector<double>{4, 1, 4, 2, 4}));
  EXPECT_TRUE(mean_ranks({}).empty());
}

TEST(Wilcoxon, WithoutValuesSaysWhy) {
  EXPECT_EQ(wilcoxon({})->reason, "no values");
  const auto zeros = wilcoxon(std::vector<double>(4));
  EXPECT_EQ(zeros->reason, "all values are zero");
  EXPECT_FALSE(zeros->p || zeros->statistic);
}

TEST(Wilcoxon, NonFiniteValueIsAnError) {
  EXPECT_EQ(wilcoxon(std::vector<double>{1, NAN}).error().code,
            ErrorCode::kBadInput);
}

TEST(Wilcoxon, PIsNeverZero) {
  std::vector<double> values(3000);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<double>(i + 1);
  EXPECT_EQ(wilcoxon(values)->p, kLeastP);
  values.resize(50);
  EXPECT_DOUBLE_EQ(*wilcoxon(values)->p, std::ldexp(1.0, -49));
}

// The exact distribution ends at 50 values, where the normal one is near.
TEST(Wilcoxon, ExactAndNormalMeet) {
  std::vector<double> values;
  for (int i = 1; i <= 50; ++i) values.push_back(i % 3 == 0 ? -i : i);
  const double exact = *wilcoxon(values)->p;
  values.push_back(-0.5);
  const double normal = *wilcoxon(values)->p;
  EXPECT_NEAR(exact, normal, 0.1 * exact);
  EXPECT_NE(exact, normal);
}

// 14 values with a tie: too many for all sign patterns.
TEST(Wilcoxon, TiesTakeTheNormalApproximation) {
  const std::vector<double> values(14, 1.0);
  const double z = 52.5 / std::sqrt(14.0 * 15 * 29 / 24 - 14.0 * 195 / 48);
  EXPECT_NEAR(*wilcoxon(values)->p, std::erfc(z / std::sqrt(2.0)), 1e-12);
}

TEST(BenjaminiHochberg, RefusesWhatIsNoProbability) {
  for (const double p : {-0.1, 1.1, static_cast<double>(NAN)}) {
    const std::vector<std::optional<double>> values = {0.5, p};
    EXPECT_EQ(benjamini_hochberg(values).error().code, ErrorCode::kBadInput);
  }
}

TEST(BenjaminiHochberg, OfNothingIsNothing) {
  EXPECT_TRUE(benjamini_hochberg({})->empty());
}

}  // namespace
}  // namespace excise
