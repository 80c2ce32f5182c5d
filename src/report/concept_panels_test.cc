// Panels of a concept that is made up.
#include "report/concept_panels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "report/report.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

nlohmann::json cell(const char* way, double alpha, double choose, double damage,
                    double own) {
  return {{"switch", way},
          {"alpha", alpha},
          {"choose", {{"own_words", choose}}},
          {"damage", damage},
          {"probe_after", alpha / 10},
          {"report",
           {{"own_words", own},
            {"own_words_ci95", {own - 0.15, own + 0.15}},
            {"control_words", 0},
            {"control_text", 0.1}}}};
}

// Layers 1 and 3, strengths 1 and 2.
ResultFolder small_folder() {
  ResultFolder folder;
  folder.layers = {1, 3};
  folder.results = nlohmann::json::parse(R"({
    "schema": "excise.concept-results/2", "name": "<b>",
    "concept": {"with": 8, "without": 8, "words": [" her"],
                "control_words": [" <i>"]},
    "off": {"layer": 3, "alpha": 2, "report": {"own_words": 0.6},
            "random": {"own_words": [0.1, 0.2]},
            "sentences": {"choice": "For off, <i>.", "effect": "Off <b> did.",
                          "cost": "It cost.", "chance": "Of 2 <s>.",
                          "removal": "Removed."}},
    "on": {"layer": 1, "alpha": 1, "report": {"own_words": 0.5},
           "sentences": {"effect": "On did."}},
    "warnings": [{"code": "w", "text": "Few <i> tokens."}],
    "perplexity_clean": 47,
    "layers": [{"layer": 1, "probe_before": 0.6},
               {"layer": 3, "probe_before": 0.9}],
    "samples": [{"prompt": "I ", "continuations": [
      {"branch": "clean", "text": "am"}, {"branch": "off", "text": "was <s>"},
      {"branch": "on", "text": "am"}]}],
    "audit": {"no_op_max_abs_delta_logprob": 0, "edits_expected": 3,
              "edits_fired": 3},
    "manifest": {"model": {"name": "m"}, "n_tokens": 90,
                 "spec": {"model": "m", "method": "leace", "fitted": false}}})");
  folder.results["layers"][0]["cells"] = {
      cell("off", 1, 1, 2, 0.1), cell("off", 2, 3, 4, 0.2),
      cell("on", 1, 9, -1, 0.3), cell("on", 2, 1, 1, 0.4)};
  folder.results["layers"][1]["cells"] = {
      cell("off", 1, 5, 9, 0.5), cell("off", 2, 7, 8, 0.6),
      cell("on", 1, 2, 1, 0.7), cell("on", 2, 2, 1, 0.8)};
  return folder;
}

TEST(ConceptPanelsTest, ChoiceIsRingedAndJudgedInOtherTexts) {
  const Panel panel = concept_choice_panel(small_folder());
  const Figure& off = panel.slots.at(0).choices.at(0);
  EXPECT_THAT(off.heat_map->values, ElementsAre(1, 3, 5, 7));
  EXPECT_THAT(off.x.names, ElementsAre("1", "2"));
  EXPECT_THAT(off.series.at(0).x, ElementsAre(1));
  EXPECT_THAT(off.series.at(0).y, ElementsAre(1));
  const Figure& on = panel.slots.at(1).choices.at(1);
  EXPECT_THAT(on.heat_map->values, ElementsAre(0.3, 0.4, 0.7, 0.8));
  const Figure& damage = panel.slots.at(1).choices.at(2);
  EXPECT_THAT(damage.heat_map->values, ElementsAre(-1, 1, 1, 1));
  EXPECT_THAT(panel.readings.at(0),
              HasSubstr("For off, <i>. There its own words lose +7 nats, in "
                        "the texts that report +0.6 (below 0: they gain)."));
  EXPECT_THAT(panel.readings.at(0), HasSubstr("by an earlier rule"));
}

TEST(ConceptPanelsTest, EffectsAreOfTheChosenStrength) {
  const Panel panel = concept_effect_panel(small_folder());
  const auto own = [](const Figure& figure) { return figure.series.at(2); };
  const Slot main = concept_main_figure(small_folder()).value();
  EXPECT_THAT(own(main.choices.at(0)).y, ElementsAre(0.2, 0.6));
  EXPECT_THAT(own(main.choices.at(1)).y, ElementsAre(0.3, 0.7));
  EXPECT_THAT(own(panel.slots.at(0).choices.at(0)).y,
              ElementsAre(0.1, 0.2, 0.5, 0.6));
  EXPECT_THAT(panel.readings.at(1),
              HasSubstr("off with strength 2 costs the concept's words +0.6 "
                        "nats (+0.45 to +0.75) of log p and the control text "
                        "+0.1 nats (no interval)"));
  EXPECT_THAT(panel.readings.at(1), HasSubstr("(below 0: more likely)."));
  EXPECT_THAT(panel.readings.at(0), HasSubstr("(+0.05 to +0.35)"));
  ResultFolder folder = small_folder();
  folder.results["layers"][0]["cells"][1]["report"]["own_words_ci95"] = {-1, 1};
  EXPECT_THAT(concept_effect_panel(folder).readings.at(0),
              HasSubstr("(−1 to +1, not told apart from 0)"));
}

TEST(ConceptPanelsTest, ProbeNamesItsStrength) {
  const Panel panel = concept_probe_panel(small_folder());
  EXPECT_THAT(panel.readings.at(0),
              HasSubstr("The largest accuracy of 2 layers is 0.9, at layer 3, "
                        "there 0.1 with α = 1, there 0.2 with α = 2. "));
  EXPECT_THAT(panel.readings.at(0),
              HasSubstr("Chance is 0.5 at one layer; the largest of several is "
                        "above it by chance too."));
  EXPECT_THAT(panel.slots.at(0).choices.at(0).series.at(1).name,
              HasSubstr("α = 2"));
}

TEST(ConceptPanelsTest, DrawsStandBesideTheConcept) {
  ResultFolder folder = small_folder();
  const Panel panel = concept_chance_panel(folder);
  ASSERT_EQ(panel.slots.size(), 1U);
  const Figure& figure = panel.slots.at(0).choices.at(0);
  EXPECT_THAT(figure.series.at(0).y, ElementsAre(0.1, 0.2));
  EXPECT_EQ(figure.series.at(1).y.at(0), 0.6);
  EXPECT_THAT(panel.readings.at(0), HasSubstr("For off: Of 2 <s>."));
  folder.results["off"].erase("sentences");
  EXPECT_THAT(concept_chance_panel(folder).missing.str(),
              HasSubstr("--random 40"));
}

// As version 1 wrote it.
TEST(ConceptPanelsTest, OlderResultsOpen) {
  ResultFolder folder = small_folder();
  folder.results["schema"] = "excise.concept-results/1";
  for (auto& layer : folder.results["layers"]) {
    layer["probe_after"] = 0.5;
    for (auto& one : layer["cells"]) {
      one.erase("probe_after");
      one.erase("damage");
      one["report"].erase("own_words_ci95");
    }
  }
  folder.results.erase("warnings");
  for (const char* way : {"off", "on"}) {
    folder.results[way].erase("sentences");
    folder.results[way].erase("random");
  }
  const auto page = report_page(folder, {});
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(*page, HasSubstr("chosen by an earlier rule"));
  EXPECT_THAT(*page, HasSubstr("1.82 times less likely"));
  EXPECT_THAT(*page, HasSubstr("the wrong way, so this is no switch"));
  EXPECT_THAT(concept_probe_panel(folder).readings.at(0),
              HasSubstr("there 0.5 with α = 1."));
}

TEST(ConceptPanelsTest, SamplesStandSideBySide) {
  ResultFolder folder = small_folder();
  const Panel panel = concept_samples_panel(folder);
  EXPECT_THAT(panel.readings.at(0),
              HasSubstr("1 continue differently switched off and 0 switched"));
  EXPECT_THAT(panel.after.str(), HasSubstr("was &lt;s&gt;"));
  folder.results.erase("samples");
  EXPECT_THAT(concept_samples_panel(folder).missing.str(),
              HasSubstr("prompts"));
}

TEST(ConceptPanelsTest, PageIsEscapedAndStandsWhatIsMissing) {
  ResultFolder folder = small_folder();
  const auto page = report_page(folder, {});
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(*page, HasSubstr("Off &lt;b&gt; did.</p></div>"));
  EXPECT_THAT(*page, HasSubstr("Warning: Few &lt;i&gt; tokens."));
  for (const char* markup : {"<b>", "<i>", "<s>"}) {
    EXPECT_THAT(*page, Not(HasSubstr(markup)));
  }
  for (const char* key : {"off", "on", "concept", "manifest", "samples"}) {
    folder.results[key] = "odd";
  }
  EXPECT_TRUE(report_page(folder, {}));
  for (auto& layer : folder.results["layers"]) layer["cells"] = {1, "odd"};
  EXPECT_TRUE(report_page(folder, {}));
  EXPECT_TRUE(report_figures(folder, {}));
}

}  // namespace
}  // namespace excise
