// Panels of what a reviewer asks, of results that are made up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "report/checklist.h"
#include "report/over_texts_view.h"
#include "report/sweep_panels.h"
#include "testing/made_sweep.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(PartsPanel, MapIsOfTheShares) {
  Compared made = made_sweep("a", {{0, 0.1, 0.2}, {0, 0.5, 0.4}});
  ResultFolder& folder = made.folder;
  EXPECT_THAT(parts_panel(folder).missing.str(), HasSubstr("--parts"));
  auto& layers = folder.results["layers"];
  const auto shares = [](std::vector<double> means) {
    nlohmann::json list = nlohmann::json::array();
    for (const double mean : means) list.push_back({{"mean", mean}});
    return list;
  };
  layers[0]["parts"] = {{"shares", shares({0.1, 0, 0.2, 0, -0.4})},
                        {"direct", {{"mean", 0.3}, {"ci95", {0.1, 0.5}}}}};
  // A layer without them: no map.
  EXPECT_THAT(parts_panel(folder).missing.str(), HasSubstr("--parts"));
  layers[1]["parts"] = {{"shares", shares({0.5, 0, 0, 0, 0})},
                        {"direct", {{"mean", 0.5}, {"ci95", {0.4, 0.6}}}}};
  const Panel panel = parts_panel(folder);
  EXPECT_TRUE(panel.missing.str().empty());
  const HeatMap& map = *panel.slots.at(0).choices.at(0).heat_map;
  EXPECT_EQ(map.rows, 2U);
  EXPECT_EQ(map.cols, 5U);
  EXPECT_THAT(map.values, ElementsAre(0.1, 0, 0.2, 0, -0.4, 0.5, 0, 0, 0, 0));
  EXPECT_EQ(map.high, 0.5);
  const HeatMap& relative = *panel.slots.at(0).choices.at(1).heat_map;
  EXPECT_NEAR(relative.values[4], -100, 1e-9);
  EXPECT_NEAR(relative.values[5], 100, 1e-9);
  EXPECT_THAT(panel.slots.at(1).choices.at(0).series.at(1).y,
              ElementsAre(0.3, 0.5));
}

TEST(PartsPanel, OfSeveralTextsIsOverThem) {
  Compared made = made_sweep("a", {{0, 0.1, 0.2}, {0, 0.5, 0.4}});
  ResultFolder& folder = made.folder;
  EXPECT_FALSE(is_over_texts(folder, "parts"));
  auto& layers = folder.results["layers"];
  for (size_t row = 0; row < 2; ++row) {
    layers[row]["over_texts"] = {
        {"mean", 0.25},
        {"parts",
         {{"shares", {{{"mean", 0.125}}, {{"mean", 0.0625}}}},
          {"direct", {{"mean", 0.75}, {"ci95", {0.5, 1}}}}}}};
    EXPECT_EQ(is_over_texts(folder, "parts"), row == 1);
  }
  folder.results["passages"] = {
      {{"topic", "parts"}, {"text", "of one"}},
      {{"topic", "parts over texts"}, {"text", "of all"}}};
  const Panel panel = parts_panel(over_texts_view(folder));
  EXPECT_THAT(panel.statements, ElementsAre("of all"));
  EXPECT_THAT(panel.slots.at(0).choices.at(0).heat_map->values,
              ElementsAre(0.125, 0.0625, 0.125, 0.0625));
  EXPECT_THAT(panel.slots.at(1).choices.at(0).series.at(0).y,
              ElementsAre(0.25, 0.25));
  EXPECT_THAT(panel.slots.at(1).choices.at(0).series.at(1).y,
              ElementsAre(0.75, 0.75));
}

TEST(VariantsPanel, ChoicesStandBelowTheRemoval) {
  Compared made = made_sweep("a", {{0, 0.1, 0.3}, {0, 0.5, 0.5}});
  ResultFolder& folder = made.folder;
  EXPECT_THAT(variants_panel(folder).missing.str(), HasSubstr("--variants"));
  for (size_t row = 0; row < 2; ++row) {
    const double mean = row == 0 ? 0.05 : -0.25;
    folder.results["layers"][row]["variants"] = {
        {"keep_only", {{"name", "only it kept"}, {"mean", 1}}},
        {"none_kept", {{"name", "nothing kept"}, {"mean", 2}}},
        {"strength_half", {{"name", "half"}, {"mean", mean}, {"t", 3}}},
        {"left_of_none_kept", {{"ratio", 0.5}}}};
  }
  const Panel panel = variants_panel(folder);
  EXPECT_EQ(panel.slots.at(0).choices.at(0).series.size(), 3U);
  const Figure& choices = panel.slots.at(1).choices.at(0);
  EXPECT_THAT(choices.y.names, ElementsAre("as it was asked for", "half"));
  EXPECT_THAT(choices.heat_map->values, ElementsAre(0.2, 0.5, 0.05, -0.25));
}

TEST(ConstantPanel, ShowsTheHalfThatWasTold) {
  Compared made = made_sweep("a", {{0, 0.1, 0.3}, {0, 0.5, 0.5}});
  ResultFolder& folder = made.folder;
  EXPECT_THAT(constant_panel(folder).missing.str(),
              HasSubstr("--variants constant"));
  for (size_t row = 0; row < 2; ++row) {
    folder.results["layers"][row]["constant"] = {
        {"code", -3.5},
        {"percentile", 12},
        {"effect", {{"mean", row == 0 ? 0.05 : 0.25}, {"q", 0.5}}},
        {"removal", {{"mean", 0.4}, {"ci95", {0.1, 0.7}}}}};
  }
  const Panel panel = constant_panel(folder);
  EXPECT_TRUE(panel.missing.str().empty());
  const Figure& figure = panel.slots.at(0).choices.at(0);
  EXPECT_THAT(figure.series.at(0).y, ElementsAre(0.4, 0.4));
  EXPECT_THAT(figure.series.at(0).low, ElementsAre(0.1, 0.1));
  EXPECT_THAT(figure.series.at(1).y, ElementsAre(0.05, 0.25));
  EXPECT_THAT(panel.after.str(), HasSubstr("-3.5"));
}

TEST(ChecklistPanel, TellsWhatCameOutOrWhatToType) {
  Compared made = made_sweep("a", {{0, 0.1}});
  ResultFolder& folder = made.folder;
  EXPECT_FALSE(checklist_panel(folder));
  folder.results["checklist"] = nlohmann::json::parse(R"([
      {"question": "Is <it>?", "asked": true, "outcome": "yes", "option": "-x"},
      {"question": "Why?", "asked": false, "outcome": "", "option": "--why"}])");
  const std::string page = checklist_panel(folder)->before.str();
  EXPECT_THAT(page, HasSubstr("Is &lt;it&gt;?</th><td>yes</td>"));
  EXPECT_THAT(page, HasSubstr("not asked: <code>--why</code>"));
  const auto lines = check_lines(folder);
  EXPECT_TRUE(lines.at(0).asked);
  EXPECT_FALSE(lines.at(1).asked);
}

}  // namespace
}  // namespace excise
