#include "cli/scan_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace excise {
namespace {

using testing::HasSubstr;

// One layer: component 0 helps, component 2 hurts.
struct Scanned {
  Spec spec;
  Summary summary;
};

Scanned made_scan(ScanMode mode) {
  Scanned made;
  made.spec.scan = Scan{mode, {0, 2}};
  LayerSummary& layer = made.summary.layers.emplace_back();
  for (const double mean : {-1.0, 0.5}) {
    ScanStep& step = layer.scan.steps.emplace_back();
    step.components = {mean < 0 ? size_t{0} : size_t{2}};
    step.share = mean < 0 ? 60 : 20;
    step.effect.mean = mean;
    step.effect.q = 0.01;
  }
  return made;
}

TEST(ScanTable, CountsWhatHurtsAndSaysOverWhat) {
  EXPECT_EQ(scan_table(Spec(), Summary(), Terminal()), "");
  const Scanned made = made_scan(ScanMode::kEach);
  const std::string table = scan_table(made.spec, made.summary, Terminal());
  EXPECT_THAT(table, HasSubstr("    0      -1.0000         2      20.0      "
                               "+0.5000      60.0       1/2             -"));
  EXPECT_THAT(table, HasSubstr("of 0, nats"));
  EXPECT_THAT(table, HasSubstr("One component removed at a time; q over all "
                               "cells of the grid"));
}

TEST(ScanTable, OfTheFirstComponentsSaysWhenTheyBeginToHurt) {
  Scanned made = made_scan(ScanMode::kCumulative);
  EXPECT_THAT(scan_table(made.spec, made.summary, Terminal()),
              HasSubstr("    0              2        -1.0000        +0.5000"));
  EXPECT_THAT(scan_table(made.spec, made.summary, Terminal()),
              HasSubstr("The first k components removed together"));
  made.summary.layers[0].scan.steps[1].effect.q = 0.05;
  EXPECT_THAT(scan_table(made.spec, made.summary, Terminal()),
              HasSubstr("    0              -        -1.0000"));
}

TEST(TogetherTable, ShortensLongSetsAndLeavesOutWhatIsNoSum) {
  Summary summary;
  EXPECT_EQ(together_table(summary, Terminal()), "");
  TogetherSummary& one = summary.together.emplace_back();
  one.layers = {0, 2, 3};
  one.branch.effect.default_n.mean = 0.5;
  one.sum_of_single = 0.25;
  EXPECT_THAT(together_table(summary, Terminal()),
              testing::ContainsRegex("\n0,2,3 .* \\+0.5000 +\\+0.2500\n"));
  one.sum_of_single.reset();
  for (size_t layer = 4; layer < 20; ++layer) one.layers.push_back(layer);
  EXPECT_THAT(together_table(summary, Terminal()),
              testing::ContainsRegex("\n19 layers from 0 to 19 .* -\n"));
}

}  // namespace
}  // namespace excise
