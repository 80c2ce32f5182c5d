// Panels of t-lesions that are made up.
#include "report/lesion_panels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "report/report.h"
#include "testing/made_matrix.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

nlohmann::json group(double own_loss, double p) {
  return {{"zeroed", 2},
          {"mean_abs_delta_logit", 0.5},
          {"delta_logit_first", own_loss},
          {"delta_logit_second", -own_loss},
          {"selective_loss", {{"mean", own_loss}, {"t", 2}, {"q", 0.01}}},
          {"random",
           {{"selective_loss_p_one_sided", p},
            {"mean_abs_delta_logit_p_one_sided", 1}}}};
}

// Layers 1 and 3, four neurons, two tests, two draws.
ResultFolder small_folder() {
  ResultFolder folder;
  folder.layers = {1, 3};
  folder.results = nlohmann::json::parse(R"({
    "schema": "excise.lesion/2",
    "summary": "All of it.",
    "passages": [{"topic": "first", "text": "Of the <first>."},
                 {"topic": "random", "text": "Beside random ones."}],
    "words": {"first": "<b>", "second": "her"},
    "pairs": {"fitted": [2, 3, 5], "held_out": [4]},
    "tests": [
      {"pair_line": null, "prefix": "He saw", "pieces": ["He", " saw"],
       "before": " her", "position": 1},
      {"pair_line": 4, "prefix": "I", "pieces": ["I"], "before": "",
       "position": 0}],
    "layers": [{"layer": 1, "significant_percent": 75, "n_first": 2,
                "n_second": 1, "n_neither": 1, "mean_abs_delta_logit": 0.5},
               {"layer": 3, "significant_percent": 50, "n_first": 1,
                "n_second": 1, "n_neither": 2, "mean_abs_delta_logit": 2}],
    "manifest": {"model": {"name": "m"},
                 "spec": {"model": "m", "q": 0.05, "n_pairs": 4}}})");
  auto& layers = folder.results["layers"];
  layers[0]["zeroed_first"] = group(1, 0.02);
  layers[0]["zeroed_second"] = group(-2, 0.9);
  layers[1]["zeroed_first"] = group(3, 0.5);
  layers[1]["zeroed_second"] = group(-1, 0.9);
  folder.arrays.emplace("t", matrix(2, 4, {5, 4, -3, 0, 9, 1, 0, -7}));
  folder.arrays.emplace("group", matrix(2, 4, {1, 1, 2, 0, 1, 0, 0, 2}));
  // [layer, group, test, word]
  folder.arrays.emplace("delta_logit", matrix(8, 2,
                                              {1, 0, 2, 3, 4, 9, 0, 0,  //
                                               5, 1, 1, 0, 0, 2, 7, 1}));
  folder.arrays.emplace("selective_loss_random",
                        matrix(4, 2, {0, 1, 2, 3, 4, 5, 6, 7}));
  folder.arrays.emplace("mean_abs_delta_logit_random",
                        matrix(4, 2, {0, 1, 2, 3, 4, 5, 6, 7}));
  return folder;
}

TEST(LesionPanelsTest, ProfileHasBothSignedChanges) {
  const Panel panel = lesion_profile_panel(small_folder());
  ASSERT_EQ(panel.slots.size(), 4U);
  EXPECT_THAT(panel.slots[0].choices.at(0).series.at(1).y, ElementsAre(50, 25));
  const Figure& first = panel.slots[2].choices.at(0);
  EXPECT_THAT(first.series.at(0).y, ElementsAre(1, 3));
  EXPECT_THAT(first.series.at(1).y, ElementsAre(-1, -3));
  EXPECT_THAT(panel.readings.at(0), HasSubstr("most at layer 3, by 2 on"));
}

TEST(LesionPanelsTest, RandomGroupsAreABandOfTheSameGroup) {
  const Panel panel = lesion_control_panel(small_folder());
  const Figure& second = panel.slots.at(1).choices.at(0);
  EXPECT_THAT(second.series.at(0).y, ElementsAre(2.5, 6.5));
  EXPECT_THAT(second.series.at(1).y, ElementsAre(-2, -1));
  EXPECT_THAT(panel.slots[0].choices[0].series.at(1).filled,
              ElementsAre(true, false));
  EXPECT_THAT(panel.readings, ElementsAre("Beside random ones."));
  ResultFolder without = small_folder();
  without.arrays.erase("selective_loss_random");
  EXPECT_THAT(lesion_control_panel(without).missing.str(),
              HasSubstr("--random 20"));
}

TEST(LesionPanelsTest, TestsShowTheOwnLossAndTheMarkedToken) {
  const Panel panel = lesion_tests_panel(small_folder());
  const Figure& figure = panel.slots.at(0).choices.at(0);
  EXPECT_THAT(figure.series.at(0).y, ElementsAre(1, -1, 4, 1));
  EXPECT_THAT(figure.series.at(1).y, ElementsAre(5, 0, 2, -6));
  EXPECT_THAT(panel.readings.at(1), HasSubstr("in 2 of 2 tests"));
  EXPECT_THAT(panel.readings.at(1), HasSubstr("half would be by chance"));
  ResultFolder one = small_folder();
  one.results["tests"].erase(1);
  EXPECT_THAT(lesion_tests_panel(one).readings.at(0),
              Not(HasSubstr("half would be by chance")));
  EXPECT_THAT(panel.after.str(), HasSubstr("He<mark> saw</mark>"));
  EXPECT_THAT(panel.after.str(), HasSubstr("pair of line 4"));
}

TEST(LesionPanelsTest, OlderFoldersOpen) {
  ResultFolder folder = small_folder();
  folder.results["schema"] = "excise.lesion/1";
  folder.results.erase("passages");
  for (auto& layer : folder.results["layers"]) {
    layer["zeroed_first"]["random"] = {{"selective_loss_p", 0.02}};
  }
  EXPECT_THAT(lesion_control_panel(folder)
                  .slots.at(0)
                  .choices.at(0)
                  .series.at(1)
                  .filled,
              ElementsAre(true, true));
  const auto page = report_page(folder, {});
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(*page, HasSubstr("<div class=\"lead\"><p>All of it."));
}

TEST(LesionPanelsTest, NeuronsAreCountedByGroup) {
  const Panel panel = lesion_neurons_panel(small_folder());
  const auto& series = panel.slots.at(0).choices.at(0).series;
  const auto count = [](const Series& one, size_t row) {
    const size_t bins = one.x.size();
    double sum = 0;
    for (size_t i = 0; i < bins; ++i) sum += one.y.at(row * bins + i);
    return sum;
  };
  EXPECT_EQ(count(series.at(1), 0), 2);
  EXPECT_EQ(count(series.at(2), 1), 1);
  EXPECT_EQ(count(series.at(0), 1), 2);
  EXPECT_THAT(panel.readings.at(1), HasSubstr("neuron 0 for"));
}

TEST(LesionPanelsTest, OneLayerAndNeuronsOfOneSide) {
  ResultFolder folder = small_folder();
  folder.results["layers"][1]["mean_abs_delta_logit"] = nullptr;
  EXPECT_THAT(lesion_profile_panel(folder).readings.at(0),
              HasSubstr("by 0.5 on average at layer 1."));
  EXPECT_THAT(lesion_neurons_panel(folder).readings.at(0),
              HasSubstr("for \u201Cher\u201D (t"));
  folder.arrays.insert_or_assign("t", matrix(2, 4, {5, 4, 3, 1, 9, 1, 0, 2}));
  for (auto& layer : folder.results["layers"]) layer["n_second"] = 0;
  const std::string text = lesion_neurons_panel(folder).readings.at(0);
  EXPECT_THAT(text, HasSubstr("; largest |t|: neuron 0 for \u201C<b>\u201D "
                              "(t = 5)."));
  for (auto& layer : folder.results["layers"]) layer["n_first"] = 0;
  EXPECT_THAT(lesion_neurons_panel(folder).readings.at(0),
              Not(HasSubstr("neuron 0")));
}

TEST(LesionPanelsTest, PageIsEscapedAndStandsWhatIsMissing) {
  ResultFolder folder = small_folder();
  const auto page = report_page(folder, {});
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(*page, HasSubstr("1 place of test sentences and 1 held-out"));
  EXPECT_THAT(*page, HasSubstr("<p>Of the &lt;first&gt;."));
  EXPECT_THAT(*page, Not(HasSubstr("<b>")));
  for (auto& layer : folder.results["layers"]) layer["zeroed_first"] = "odd";
  folder.results["tests"] = {3, nlohmann::json::object()};
  folder.results["words"] = folder.results["manifest"] = 7;
  EXPECT_TRUE(report_page(folder, {}));
  EXPECT_TRUE(report_figures(folder, {}));
}

}  // namespace
}  // namespace excise
