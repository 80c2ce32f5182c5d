#include "cli/parts_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace excise {
namespace {

using testing::HasSubstr;

MeanTest test_of(double mean) {
  MeanTest test;
  test.mean = mean;
  return test;
}

TEST(PartsTable, ShowsSharesAndWhatIsMadeUpFor) {
  EXPECT_EQ(parts_table(Summary(), Terminal()), "");
  Summary summary;
  for (const bool apart : {true, false}) {
    LayerSummary& layer = summary.layers.emplace_back();
    layer.removal.effect.default_n.mean = 0.5;
    PartsSummary& parts = layer.parts.emplace();
    for (const double share : {0.1, 0.2, 0.3, -0.05, -0.05})
      parts.shares.push_back(test_of(share));
    parts.direct.effect = test_of(0.8);
    parts.direct.effect.ci_low = apart ? 0.5 : -0.5;
    parts.direct.effect.ci_high = 1;
    if (apart) {
      parts.direct.repair = 0.375;
      parts.direct.interval = Interval{0.2, 0.6};
    }
    parts.error = 3e-5;
  }
  const std::string table = parts_table(summary, Terminal());
  EXPECT_THAT(
      table, HasSubstr("    0    +0.5000    +0.1000     +0.1500    +0.2500     "
                       "+0.8000*         38 (20 to 60)\n"));
  EXPECT_THAT(table, HasSubstr("    +0.8000                      -\n"));
  EXPECT_THAT(table, HasSubstr("to 3e-05 nats at every token"));
}

}  // namespace
}  // namespace excise
