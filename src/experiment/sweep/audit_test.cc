#include "experiment/sweep/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "testing/made_result.h"

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
    EXPECT_THAT(
        status.error().message,
        testing::HasSubstr(" an edit at layer " +
                           std::to_string(result.audit.no_op_layer) + ":"));
    EXPECT_THAT(check_branches(result.audit, "median").error().message,
                testing::HasSubstr("[median] a branch without an edit:"));
  }
}

TEST(Audit, CountsWhatIsNotFinite) {
  SweepResult result = made_result(5, {0.1}, {0.1});
  result.findings[0].removal.kl[2] = std::numeric_limits<double>::infinity();
  result.findings[0].empty->drift[1] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(count_non_finite(result), 2);
}

TEST(Audit, CountsControlsScansSetsAndTexts) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  SweepResult result = made_result(5, {0.1}, {});
  add_made_control(Control::kRandomRank, 2, 0, result);
  result.findings[0].controls[0].delta_logprob[1][2] = nan;
  result.findings[0].removal.delta_logprob[3] = nan;
  // Its first step is the removal and counts once.
  result.findings[0].scan = {{50, result.findings[0].removal.delta_logprob},
                             {20, {0, 1, nan, nan, 1}}};
  result.together.push_back({{0}, made_effect(5, 2, 1, 5)});
  result.together[0].effect.kl[1] = nan;
  EXPECT_EQ(count_non_finite(result), 5);
  TextFindings& text = result.further_texts.emplace_back();
  text.control_means = {{{nan, nan}}};
  text.scan_means = {{nan, nan}};
  EXPECT_EQ(count_non_finite(result), 5);  // a text without a tested token
  text.tested = {1};
  text.delta_logprob = {{0, nan}};
  EXPECT_EQ(count_non_finite(result), 10);
}

}  // namespace
}  // namespace excise
