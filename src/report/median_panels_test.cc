// Panels of a median replacement that is made up.
#include "report/median_panels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "report/report.h"
#include "report/result_kind.h"
#include "testing/made_matrix.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Layers 1 and 3, shares of 10 and 50 %, two draws.
ResultFolder small_folder() {
  ResultFolder folder;
  folder.layers = {1, 3};
  folder.pieces = {"A", " <b>"};
  folder.ids = {0, 1};
  folder.results = nlohmann::json::parse(R"({
    "schema": "excise.median/2",
    "summary": "All of it.",
    "passages": [{"topic": "worst", "text": "Worst of <all>."},
                 {"topic": "random", "text": "Beside random ones."}],
    "target": {"id": 7, "piece": " <i>"},
    "clean": {"logprob": -1, "prob": 0.368, "rank": 2, "top1_piece": " x"},
    "layers": [
      {"layer": 1, "cells": [{"percent": 10, "random": {"p_one_sided": 0.5}},
                             {"percent": 50, "random": {"p_one_sided": 0.5}}]},
      {"layer": 3, "cells": [{"percent": 10, "random": {"p_one_sided": 0.02}},
                             {"percent": 50, "random": {"p_one_sided": 0.03}}]}],
    "manifest": {"model": {"name": "<model>"},
                 "spec": {"model": "m", "prompt": "A <b>", "positions": "last",
                          "replace_with": "median", "by": "value"}}})");
  folder.arrays.emplace("percent", matrix(1, 2, {10, 50}));
  folder.arrays.emplace("count", matrix(1, 2, {1, 5}));
  folder.arrays.emplace("delta_logprob", matrix(2, 2, {-1, 0.5, 2, 3}));
  folder.arrays.emplace("top1_changed", matrix(2, 2, {0, 0, 1, 1}));
  folder.arrays.emplace("delta_logprob_random",
                        matrix(4, 2, {0, 1, 2, 3, 4, 5, 6, 7}));
  return folder;
}

TEST(MedianPanelsTest, EveryCellIsAPoint) {
  const Panel panel = median_effect_panel(small_folder());
  const Figure& points = panel.slots.at(0).choices.at(0);
  ASSERT_EQ(points.series.size(), 2U);
  EXPECT_THAT(points.series[0].y, ElementsAre(-1, 2));
  EXPECT_THAT(points.series[1].y, ElementsAre(0.5, 3));
  EXPECT_LT(points.series[0].x.at(1), 3);  // beside its layer
  EXPECT_GT(points.series[1].x.at(1), 3);
  EXPECT_EQ(points.series[1].shade, 1);
  EXPECT_THAT(points.series[1].labels.at(0), HasSubstr("5 neurons"));
  EXPECT_THAT(panel.readings.at(0), HasSubstr("in 3 of 4 combinations"));
  EXPECT_THAT(panel.readings.at(0), HasSubstr("in 2 the most likely"));
  EXPECT_THAT(panel.readings.at(0),
              HasSubstr("+3 nats, is at layer 3 with 50"));
}

TEST(MedianPanelsTest, MapIsCentred) {
  const Panel panel = median_effect_panel(small_folder());
  const HeatMap& map = *panel.slots.at(1).choices.at(0).heat_map;
  EXPECT_THAT(map.values, ElementsAre(-1, 0.5, 2, 3));
  EXPECT_EQ(map.low, -3);
  EXPECT_EQ(map.high, 3);
}

TEST(MedianPanelsTest, RandomNeuronsAreABand) {
  const Panel panel = median_control_panel(small_folder());
  const Slot& slot = panel.slots.at(0);
  ASSERT_EQ(slot.choices.size(), 2U);
  EXPECT_EQ(slot.first, 1U);
  EXPECT_THAT(slot.choices[1].series.at(0).y, ElementsAre(2.5, 6.5));
  EXPECT_THAT(slot.choices[1].series.at(1).filled, ElementsAre(false, true));
  EXPECT_THAT(panel.readings, ElementsAre("Beside random ones."));
}

TEST(MedianPanelsTest, WithoutDrawsItSaysWhatToRun) {
  ResultFolder folder = small_folder();
  folder.arrays.erase("delta_logprob_random");
  EXPECT_THAT(median_control_panel(folder).missing.str(),
              HasSubstr("--random 20"));
}

TEST(MedianPanelsTest, OfManySharesSomeAreShown) {
  ResultFolder folder = small_folder();
  std::vector<double> shares, effects(400, 0.0);
  for (size_t j = 0; j < 200; ++j)
    shares.push_back(0.5 * static_cast<double>(j + 1));
  effects[217] = 5;  // layer 3, share 17
  folder.arrays.insert_or_assign("percent", matrix(1, 200, shares));
  folder.arrays.insert_or_assign("count", matrix(1, 200, shares));
  folder.arrays.insert_or_assign("delta_logprob", matrix(2, 200, effects));
  folder.arrays.insert_or_assign("delta_logprob_random",
                                 matrix(400, 1, effects));
  EXPECT_THAT(shown_shares(folder), ElementsAre(0, 17, 18, 36, 54, 72, 90, 108,
                                                126, 144, 162, 180, 199));
  const Slot slot = median_control_panel(folder).slots.at(0);
  EXPECT_EQ(slot.choices.size(), 13U);
  EXPECT_EQ(slot.first, 1U);
}

TEST(MedianPanelsTest, PageSaysWhatCameOut) {
  const auto page = report_page(small_folder(), {});
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(*page, HasSubstr("<p>Worst of &lt;all&gt;."));
  EXPECT_THAT(*page, HasSubstr("<mark> &lt;b&gt;</mark>"));
  EXPECT_THAT(*page, HasSubstr("excise.median-experiment/1"));
  EXPECT_THAT(*page, Not(HasSubstr("<model>")));
  EXPECT_THAT(*page, Not(HasSubstr(" <i>")));
  EXPECT_THAT(*page, Not(HasSubstr("<div id=\"token-text\"")));
}

TEST(MedianPanelsTest, OlderFoldersOpen) {
  ResultFolder folder = small_folder();
  folder.results["schema"] = "excise.median/1";
  folder.results.erase("passages");
  for (auto& layer : folder.results["layers"]) {
    for (auto& cell : layer["cells"]) cell["random"] = {{"p", 0.02}};
  }
  const Slot slot = median_control_panel(folder).slots.at(0);
  EXPECT_THAT(slot.choices.at(0).series.at(1).filled, ElementsAre(true, true));
  const auto page = report_page(folder, {});
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(*page, HasSubstr("<div class=\"lead\"><p>All of it."));
}

TEST(MedianPanelsTest, EveryNumberMayBeMissing) {
  ResultFolder folder = small_folder();
  auto values = folder.arrays.at("delta_logprob").values();
  std::fill(values.begin(), values.end(), std::nan(""));
  for (const char* key : {"clean", "target", "manifest"}) {
    folder.results[key] = "text";
  }
  EXPECT_TRUE(report_page(folder, {}));
  EXPECT_TRUE(report_figures(folder, {}));
}

}  // namespace
}  // namespace excise
