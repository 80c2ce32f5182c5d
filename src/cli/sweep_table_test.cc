#include "cli/sweep_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace excise {
namespace {

using testing::HasSubstr;
using testing::Not;

Summary made_summary() {
  Summary summary;
  LayerSummary layer;
  layer.layer = 0;
  layer.share = 47.98;
  MeanTest& test = layer.removal.effect.default_n;
  test.mean = 1.5932;
  test.t = 8.6507;
  test.q = 2.3e-13;
  layer.removal.effect.second.emplace().q = 0.01;
  layer.removal.drift_end_relative = 0.352;
  summary.layers.push_back(layer);
  layer.layer = 47;
  layer.removal.effect = {};
  summary.layers.push_back(layer);
  return summary;
}

TEST(SweepTable, FitsA100Columns) {
  std::istringstream lines(sweep_table(made_summary(), Terminal()));
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 100) << line;
  }
}

TEST(SweepTable, MarksSignificantLayersAndLeavesGaps) {
  const std::string table = sweep_table(made_summary(), Terminal());
  EXPECT_THAT(table, HasSubstr("    0     48.0     8.65   2.3e-13     "
                               "+1.5932*      35.2\n"));
  EXPECT_THAT(table, Not(HasSubstr("\033")));
  EXPECT_THAT(
      table,
      HasSubstr("   47     48.0        -         -           -       35.2\n"));
  Terminal terminal;
  terminal.colour = true;
  EXPECT_THAT(sweep_table(made_summary(), terminal), HasSubstr("\033[1m"));
}

TEST(SweepTable, AStarIsHollowWhereTheSecondOpinionDoesNotAgree) {
  Summary summary = made_summary();
  std::optional<SecondOpinion>& second =
      summary.layers[0].removal.effect.second;
  for (const auto& q : {std::optional(0.05), std::optional<double>()}) {
    second->q = q;
    EXPECT_THAT(sweep_table(summary, Terminal()),
                HasSubstr(" +1.5932\u2606      35.2\n"));
  }
  second.reset();
  EXPECT_THAT(sweep_table(summary, Terminal()), HasSubstr("+1.5932\u2606"));
  summary.layers[0].removal.effect.default_n.q = 0.2;
  EXPECT_THAT(sweep_table(summary, Terminal()),
              HasSubstr("+1.5932       35.2"));
}

TEST(SweepTable, NoQIsZero) {
  Summary summary = made_summary();
  summary.layers[0].removal.effect.default_n.q = 2.3e-308;
  EXPECT_THAT(sweep_table(summary, Terminal()), HasSubstr("  <1e-300  "));
}

TEST(SweepTable, SaysOverWhatQIsCorrected) {
  Summary summary = made_summary();
  const auto legend = [&] {
    std::string text = sweep_table(summary, Terminal());
    std::ranges::replace(text, '\n', ' ');
    return text;
  };
  EXPECT_THAT(legend(), HasSubstr("(Benjamini-Hochberg over layers) by"));
  summary.layers[0].scan.steps.resize(2);
  EXPECT_THAT(legend(),
              HasSubstr("(Benjamini-Hochberg over layers and components) by"));
  for (LayerSummary& layer : summary.layers)
    layer.removed = layer.empty = layer.removal;
  EXPECT_THAT(legend(), HasSubstr("(Benjamini-Hochberg over layers, of effect "
                                  "over layers and components) by"));
}

TEST(SweepTable, HasTheCellsWhereTheyAreThere) {
  Summary summary = made_summary();
  EXPECT_THAT(sweep_table(summary, Terminal()), Not(HasSubstr("undone")));
  for (LayerSummary& layer : summary.layers) {
    layer.removed = layer.empty = layer.removal;
    layer.undone = ShareUndone{-1.36, std::nullopt, ""};
  }
  const std::string table = sweep_table(summary, Terminal());
  EXPECT_THAT(table,
              HasSubstr(" +1.5932*     +1.5932*     +1.5932*     -136 "));
  EXPECT_THAT(table, HasSubstr("undone: share"));
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(line.size(), 100) << line;
}

}  // namespace
}  // namespace excise
