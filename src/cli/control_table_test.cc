#include "cli/control_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace excise {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

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
  EXPECT_THAT(table, HasSubstr("+0.5000    -      -\n"));
}

TEST(ControlTable, IsEmptyWithoutControls) {
  Summary summary = made_summary();
  summary.layers.front().controls.clear();
  EXPECT_EQ(control_table(summary, Terminal()), "");
  EXPECT_EQ(control_table(Summary(), Terminal()), "");
}

TEST(ControlTable, SaysWhatChanceGivesOrWhatItTakes) {
  Summary summary = made_summary();
  ControlHeadline control;
  control.control = Control::kNormMatched;
  control.repeats = 40;
  control.p_max = 0.024;
  control.level = 2.0 / 41;
  control.chance_layers = 2.0 / 41;
  control.repeats_for_p = control.repeats_for_q = 40;
  summary.headline.controls = {control};
  EXPECT_THAT(control_table(summary, Terminal()),
              HasSubstr("norm-matched, 40 draws: max statistic over layers p = "
                        "0.024; by chance 0.049 of 1 layer beyond.\n"));
  summary.layers.push_back(summary.layers[0]);
  EXPECT_THAT(control_table(summary, Terminal()),
              HasSubstr("0.049 of 2 layers beyond."));
  summary.headline.controls[0].p_max.reset();  // of a single layer
  EXPECT_THAT(control_table(summary, Terminal()),
              HasSubstr("norm-matched, 40 draws: by chance 0.049 of"));
  summary.headline.controls[0].level = 0;
  summary.headline.controls[0].repeats = 20;
  EXPECT_THAT(
      control_table(summary, Terminal()),
      HasSubstr(
          "20 draws: a layer's p < 0.05 takes 40 draws, q takes 40 draws."));
  summary.headline.controls[0].control = Control::kNeuronShuffle;
  EXPECT_THAT(control_table(summary, Terminal()),
              HasSubstr("neuron-shuffle: a description, without a p"));
}

TEST(ControlTable, MarksBothSides) {
  Summary summary = made_summary();
  EXPECT_THAT(control_table(summary, Terminal()),
              HasSubstr("+ larger than nearly all draws (p < 0.05), - "
                        "smaller."));
  for (ControlSummary& one : summary.layers[0].controls)
    one.standing = Standing::kLessHarmful;
  EXPECT_THAT(control_table(summary, Terminal()), HasSubstr(" 0.04-"));
  for (ControlSummary& one : summary.layers[0].controls)
    one.standing = Standing::kWithin;
  EXPECT_THAT(control_table(summary, Terminal()),
              Not(ContainsRegex("0\\.04[+-]")));
}

TEST(ControlTable, NamesItsCell) {
  Summary summary = made_summary();
  EXPECT_THAT(control_table(summary, Terminal()),
              Not(HasSubstr("Controls of")));
  LayerSummary& layer = summary.layers[0];
  layer.removed = layer.removal;
  layer.controls.push_back(layer.controls[0]);
  layer.controls.back().cell = Cell::kRemoved;
  EXPECT_THAT(
      control_table(summary, Terminal()),
      ContainsRegex("Controls of the whole edit, its mean included\n(.|\n)*"
                    "Controls of the removal alone\n"));
  EXPECT_EQ(control_table_over_texts(summary, Terminal()), "");
  layer.over_texts = OverTexts();
  layer.over_texts->controls = {layer.controls[0]};
  EXPECT_THAT(control_table_over_texts(summary, Terminal()),
              testing::StartsWith("Controls over the texts\n"));
}

}  // namespace
}  // namespace excise
