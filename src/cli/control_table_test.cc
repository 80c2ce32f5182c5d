#include "cli/control_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace excise {
namespace {

using testing::HasSubstr;

Summary made_summary() {
  Summary summary;
  LayerSummary& layer = summary.layers.emplace_back();
  layer.layer = 3;
  for (const Control control : kControls) {
    ControlSummary& one = layer.controls.emplace_back();
    one.control = control;
    one.edit_mean = 1.5;
    one.standing = Standing::kWorse;
    one.mean = {0.25, 0.75};
    one.p_two_sided = 0.04;
    one.percentile = 100;
  }
  layer.controls.back().p_two_sided.reset();
  layer.controls.back().percentile.reset();
  layer.controls.back().standing.reset();
  return summary;
}

TEST(ControlTable, FitsA100ColumnsWithoutTrailingSpaces) {
  std::istringstream lines(control_table(made_summary(), Terminal()));
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 100) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

TEST(ControlTable, ShowsTheMeanAndTheStand) {
  const std::string table = control_table(made_summary(), Terminal());
  EXPECT_THAT(table, HasSubstr("    3    +1.5000        +0.5000  100   0.04+"));
  EXPECT_THAT(table, HasSubstr("+0.5000    -\n"));
}

TEST(ControlTable, IsEmptyWithoutControls) {
  Summary summary = made_summary();
  summary.layers.front().controls.clear();
  EXPECT_EQ(control_table(summary, Terminal()), "");
  EXPECT_EQ(control_table(Summary(), Terminal()), "");
}

}  // namespace
}  // namespace excise
