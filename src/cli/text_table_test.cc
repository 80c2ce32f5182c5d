#include "cli/text_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace excise {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TextTable, CountsTheTextsThatAreTestedAndMarksThem) {
  Summary summary;
  LayerSummary& layer = summary.layers.emplace_back();
  EXPECT_EQ(text_table(summary, Terminal()), "");
  OverTexts& over = layer.over_texts.emplace();
  over.means = {0.5, std::numeric_limits<double>::quiet_NaN(), 0.25};
  over.test.n = 2;
  over.test.mean = 0.375;
  over.test.t = 3;
  over.test.q = 0.2;
  EXPECT_THAT(text_table(summary, Terminal()),
              HasSubstr("    0       2       +0.3750      3.00       0.2"
                        "                       -\n"));
  over.interval = Interval{0.25, 0.5};
  over.test.q = 0.04;
  const std::string table = text_table(summary, Terminal());
  EXPECT_THAT(table, HasSubstr("+0.2500 to +0.5000  *\n"));
  EXPECT_THAT(table, HasSubstr("Each text counts once, by its mean effect in "
                               "nats; * q < 0.05 over layers.\n"));
  layer.scan.steps.resize(2);
  EXPECT_THAT(text_table(summary, Terminal()),
              HasSubstr("* q < 0.05 over layers and components.\n"));
  EXPECT_THAT(table, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace excise
