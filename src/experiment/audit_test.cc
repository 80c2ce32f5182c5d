#include "experiment/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "experiment/made_result.h"

namespace excise {
namespace {

TEST(Audit, PassesWhatIsSound) {
  EXPECT_TRUE(check_audit(made_result(5, {0.1}, {0.1})));
  EXPECT_EQ(count_non_finite(made_result(5, {0.1}, {0.1})), 0);
}

TEST(Audit, RefusesALostEditAndAnEditThatWasNone) {
  SweepResult result = made_result(5, {0.1}, {0.1});
  result.audit.edits_expected = 2;
  result.audit.edits_fired = 1;
  EXPECT_FALSE(check_audit(result));
  result.audit.edits_fired = 2;
  EXPECT_TRUE(check_audit(result));
  for (const double error : {0.01, std::numeric_limits<double>::quiet_NaN()}) {
    result.audit.no_op_max_abs_delta_logprob = error;
    const Status status = check_audit(result);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kInternal);
    EXPECT_THAT(status.error().message, testing::HasSubstr("naive"));
  }
}

TEST(Audit, CountsWhatIsNotFinite) {
  SweepResult result = made_result(5, {0.1}, {0.1});
  result.findings[0].removal.kl[2] = std::numeric_limits<double>::infinity();
  result.findings[0].empty->drift[1] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(count_non_finite(result), 2);
}

}  // namespace
}  // namespace excise
