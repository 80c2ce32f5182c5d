// Panels of folders that are made up, with all that one may hold or nothing.
#include "report/sweep_panels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/report.h"
#include "report/result_kind.h"
#include "testing/made_matrix.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr size_t kTokens = 5;

// Layers 1 and 3 of a model of 4.
ResultFolder small_folder() {
  ResultFolder folder;
  folder.layers = {1, 3};
  folder.pieces = {"A", " <b>", "", "\u202E", "d"};
  folder.ids = {0, 1, 2, 3, 4};
  folder.n_states = 5;
  folder.results = nlohmann::json::parse(R"({
    "schema": "excise.results/1",
    "headline": {"layers_hurt": [3], "layers_helped": []},
    "layers": [
      {"layer": 1, "share": 40, "drift_end_relative": 0.1,
       "default_n": {"mean": 0.1, "t": 1, "p": 0.4, "q": 0.4,
                     "ci95": [-0.1, 0.3]}},
      {"layer": 3, "share": 60, "drift_end_relative": 0.3,
       "default_n": {"mean": 0.5, "t": 4, "p": 0.01, "q": 0.02,
                     "ci95": [0.2, 0.8]}}],
    "manifest": {"model": {"name": "<model>"},
                 "spec": {"remove": [0], "basis": "svd", "centre": "neuron",
                          "restore": "neuron"}}})");
  folder.arrays.emplace("delta_logprob",
                        matrix(2, kTokens, {0, 1, -1, 0, 2, 0, 3, 0, -4, 1}));
  folder.arrays.emplace("drift", matrix(2, 5, {0, 0, 1, 2, 3, 0, 0, 0, 0, 6}));
  folder.arrays.emplace("drift_resid_final", matrix(1, 2, {7, 8}));
  folder.arrays.emplace("state_norm", matrix(1, 5, {1, 2, 4, 8, 10}));
  return folder;
}

const Figure& figure(const Panel& panel, size_t slot, size_t choice = 0) {
  return panel.slots.at(slot).choices.at(choice);
}

TEST(PanelsTest, LayersShowTheResults) {
  const Panel panel = layers_panel(small_folder());
  EXPECT_THAT(panel.readings.at(0), HasSubstr("in 1 of 2 layers at q < 0.05"));
  EXPECT_THAT(panel.readings.at(0), HasSubstr("+0.5 nats a token, is at layer "
                                              "3"));
  const auto main = main_figure(small_folder());
  ASSERT_TRUE(main);
  const Series& removal = main->choices.at(0).series.at(0);
  EXPECT_THAT(removal.x, ElementsAre(1, 3));
  EXPECT_THAT(removal.y, ElementsAre(0.1, 0.5));
  EXPECT_THAT(removal.low, ElementsAre(-0.1, 0.2));
  EXPECT_THAT(removal.filled, ElementsAre(false, true));
  // A sign flip is no test of the mean.
  EXPECT_THAT(panel.after.str(), Not(HasSubstr("sign-flip")));
}

TEST(PanelsTest, PointsThatTheSecondOpinionDoesNotConfirmAreDiamonds) {
  ResultFolder folder = small_folder();
  auto& layers = folder.results["layers"];
  EXPECT_THAT(main_figure(folder)->choices[0].title,
              HasSubstr("intervals; filled: q < 0.05"));
  layers[0]["ewc"] = {{"q", 0.01}};
  layers[1]["ewc"] = {{"q", 0.2}};
  for (const Series& series : {main_figure(folder)->choices[0].series[0],
                               figure(layers_panel(folder), 0).series[0],
                               figure(layers_panel(folder), 3).series[0]}) {
    EXPECT_THAT(series.filled, ElementsAre(false, false));
    EXPECT_THAT(series.diamonds, ElementsAre(false, true));
  }
  EXPECT_THAT(main_figure(folder)->choices[0].title,
              HasSubstr(", diamond: by t alone"));
  layers[1]["ewc"]["q"] = 0.04;
  EXPECT_THAT(main_figure(folder)->choices[0].series[0].filled,
              ElementsAre(false, true));
  layers[1]["ewc"]["q"] = nullptr;  // too few tokens: not confirmed
  EXPECT_THAT(main_figure(folder)->choices[0].series[0].diamonds,
              ElementsAre(false, true));
}

TEST(PanelsTest, TokensNameTheLargestOfAnEffect) {
  ResultFolder folder = small_folder();
  auto& layers = folder.results["layers"];
  for (auto& layer : layers)
    layer["largest_token"] = {{"position", 4}, {"share", 0.62}};
  Panel panel = tokens_panel(folder);
  EXPECT_THAT(panel.readings.at(0), Not(HasSubstr("sum of effects")));
  EXPECT_THAT(panel.readings.at(1),
              HasSubstr(". Of the sum of effects \u201Cd\u201D at position 4 "
                        "alone has 62 %."));
  layers[1]["largest_token"] = nullptr;
  EXPECT_THAT(tokens_panel(folder).readings.at(1),
              Not(HasSubstr("sum of effects")));
}

TEST(PanelsTest, DirectionSaysWhatIsMeasured) {
  ResultFolder folder = small_folder();
  folder.results["manifest"]["spec"]["remove"] = {2, 5};
  auto& layers = folder.results["layers"];
  layers[1]["sink_share"] = 0.25;
  layers[1]["v_max_sq"] = 0.5;
  layers[1]["v_max_neuron"] = 17;
  layers[1]["v_participation"] = 3;
  Panel panel = direction_panel(folder);
  EXPECT_THAT(panel.readings.at(0), HasSubstr("does not say"));
  EXPECT_THAT(
      panel.readings.at(1),
      HasSubstr("At layer 3, 25 % of component 2 is on the first token; "
                "3 neurons carry it, the strongest (neuron 17) with 50 "
                "%"));
  EXPECT_THAT(panel.definition.str(), HasSubstr("cannot see"));
  EXPECT_THAT(panel.definition.str(), Not(HasSubstr("silent")));
  layers[1]["v_participation"] = 1;
  panel = direction_panel(folder);
  EXPECT_THAT(panel.readings.at(1), HasSubstr("1 neuron carries it"));
}

TEST(PanelsTest, TheHeadTellsOfTheControlThatIsShown) {
  ResultFolder folder = small_folder();
  for (auto& layer : folder.results["layers"]) {
    for (const char* name : {"random-rank", "norm-matched"})
      layer["controls"][name] = {{"mean", {0.3, 0.1}}, {"standing", "within"}};
  }
  folder.results["passages"] = {
      {{"topic", "effect"}, {"text", "It hurts."}},
      {{"topic", "controls"}, {"text", "One (random-rank)."}},
      {{"topic", "controls"}, {"text", "Two (norm-matched)."}}};
  std::string head = sweep_head(folder).str();
  EXPECT_THAT(head, HasSubstr("Two (norm-matched)."));
  EXPECT_THAT(head, Not(HasSubstr("(random-rank)")));
  EXPECT_THAT(head, Not(HasSubstr("first token")));
  EXPECT_THAT(head, HasSubstr("<bdi>A &lt;b&gt;"));
  folder.results["passages"].push_back(
      {{"topic", "sink"}, {"text", "It is on the first token."}});
  folder.results["manifest"]["spec"]["text"] = "As it was given.";
  head = sweep_head(folder).str();
  EXPECT_THAT(head, HasSubstr("It is on the first token."));
  EXPECT_THAT(head, HasSubstr("<bdi>As it was given.</bdi>"));
  const Figure main = main_figure(folder)->choices.at(0);
  EXPECT_THAT(main.series.at(0).name, HasSubstr("same size"));
  EXPECT_THAT(main.title, HasSubstr("beyond nearly all"));
  // Over texts as well.
  folder.results["texts"] = {{{"n_tokens", 5}}, {{"n_tokens", 6}}};
  for (auto& layer : folder.results["layers"]) {
    layer["over_texts"] = {{"mean", 1}, {"controls", layer["controls"]}};
  }
  for (auto& passage : folder.results["passages"]) passage["topic"] = "texts";
  head = sweep_head(folder).str();
  EXPECT_THAT(head, HasSubstr("It hurts. Two (norm-matched)."));
  EXPECT_THAT(head, Not(HasSubstr("(random-rank)")));
}

TEST(PanelsTest, WhereDrawsAreTooFewTheTestFillsThePoints) {
  ResultFolder folder = small_folder();
  for (auto& layer : folder.results["layers"])
    layer["controls"]["norm-matched"] = {{"mean", {0.3, 0.1}},
                                         {"standing", nullptr}};
  const Figure main = main_figure(folder)->choices.at(0);
  EXPECT_THAT(main.title, HasSubstr("filled: q < 0.05"));
  EXPECT_EQ(main.series.at(0).mark, Mark::kBand);
  EXPECT_THAT(main.series.at(1).filled, ElementsAre(false, true));
  const Panel panel = controls_panel(folder);
  EXPECT_EQ(figure(panel, 0).series.at(1).name, "edit");
  EXPECT_THAT(figure(panel, 0).series.at(1).filled, IsEmpty());
}

TEST(PanelsTest, ReadingsOfTokensAndDriftFollowTheirNumbers) {
  ResultFolder folder = small_folder();
  EXPECT_THAT(drift_panel(folder).readings.at(0),
              HasSubstr("over all edits the last state moves by 10 % (layer 1) "
                        "to 30 % (layer 3)"));
  folder.results["layers"][0]["drift_end_relative"] = 0.3;
  const Panel drift = drift_panel(folder);
  EXPECT_THAT(drift.readings.at(0),
              HasSubstr("An edit at layer 1 moves the state right behind it by "
                        "25 % of its size and the last one by 30 %"));
  EXPECT_THAT(drift.readings.at(0), Not(HasSubstr("over all edits")));
  folder.arrays.insert_or_assign(
      "delta_logprob", matrix(2, kTokens, {0, -1, -2, 0, 0, 0, 0, 0, 0, 0}));
  const Panel tokens = tokens_panel(folder);
  EXPECT_THAT(
      tokens.readings.at(0),
      HasSubstr("0 of 4 tokens become less likely and 2 more, helped most"));
  EXPECT_THAT(tokens.readings.at(0), Not(HasSubstr("hurt most")));
  EXPECT_THAT(tokens.readings.at(1), Not(HasSubstr("most")));
}

TEST(PanelsTest, DriftEndsBeforeAndAfterTheFinalNorm) {
  const Panel panel = drift_panel(small_folder());
  EXPECT_THAT(figure(panel, 0, 1).heat_map->values,
              ElementsAre(0, 0, 1, 2, 7, 3, 0, 0, 0, 0, 8, 6));
  EXPECT_EQ(figure(panel, 0, 0).heat_map->values.at(2), 25);
  EXPECT_THAT(figure(panel, 0).x.names,
              ElementsAre("emb", "1", "2", "3", "end", "norm"));
  EXPECT_EQ(panel.readings.size(), 2U);
}

TEST(PanelsTest, TokensHaveAReadingForEachLayer) {
  const Panel panel = tokens_panel(small_folder());
  EXPECT_THAT(panel.readings.at(0), HasSubstr("2 of 4 tokens become less"));
  EXPECT_THAT(panel.readings.at(1), HasSubstr("<U+202E>"));
  EXPECT_THAT(panel.readings.at(1), HasSubstr("\u22124 nats"));
  EXPECT_EQ(figure(panel, 0).x.names.at(2), "2");  // no text: the id
}

TEST(PanelsTest, WhatIsAbsentSaysWhatToRun) {
  const ResultFolder folder = small_folder();
  EXPECT_THAT(controls_panel(folder).missing.str(), HasSubstr("--controls"));
  EXPECT_THAT(scan_panel(folder).missing.str(), HasSubstr("--remove each:"));
  EXPECT_THAT(inside_panel(folder)->missing.str(), HasSubstr("--detail-layer"));
  EXPECT_THAT(controls_panel(folder).slots, IsEmpty());
}

TEST(PanelsTest, WhatToRunIsTheCommandOfTheResult) {
  ResultFolder folder = small_folder();
  for (const Panel& panel : {controls_panel(folder), scan_panel(folder)})
    EXPECT_THAT(panel.missing.str(), HasSubstr("<code>excise sweep</code>"));
  folder.results["schema"] = "excise.corpus/1";
  for (const Panel& panel : {controls_panel(folder), scan_panel(folder)}) {
    EXPECT_THAT(panel.missing.str(), HasSubstr("<code>excise corpus</code>"));
    EXPECT_THAT(panel.missing.str(), Not(HasSubstr("excise sweep")));
  }
}

TEST(PanelsTest, ControlsAreABand) {
  ResultFolder folder = small_folder();
  for (size_t row = 0; row < 2; ++row) {
    folder.results["layers"][row]["controls"]["random-rank"] = {
        {"repeats", 3},
        {"mean", {0.3, 0.1, 0.2}},
        {"p_two_sided", row == 0 ? 0.5 : 0.01},
        {"percentile", row == 0 ? 50 : 99},
        {"standing", row == 0 ? "within" : "worse"}};
  }
  folder.results["passages"] = {{{"topic", "controls"}, {"text", "In 1 of 2"}},
                                {{"topic", "effect"}, {"text", "Elsewhere"}},
                                {{"topic", "controls"}, {"text", "Beside it"}}};
  const Panel panel = controls_panel(folder);
  EXPECT_TRUE(panel.missing.empty());
  const Series& band = figure(panel, 0).series.at(0);
  EXPECT_EQ(band.mark, Mark::kBand);
  EXPECT_THAT(band.y, ElementsAre(0.2, 0.2));
  EXPECT_NEAR(band.low.at(0), 0.105, 1e-12);
  EXPECT_NEAR(band.high.at(0), 0.295, 1e-12);
  EXPECT_THAT(figure(panel, 0).series.at(1).filled, ElementsAre(false, true));
  EXPECT_THAT(panel.statements, ElementsAre("In 1 of 2", "Beside it"));
  EXPECT_THAT(panel.readings, IsEmpty());
}

TEST(PanelsTest, ScanIsAGrid) {
  ResultFolder folder = small_folder();
  folder.results["scan"] = {{"mode", "each"}, {"components", {0, 2, 5}}};
  folder.arrays.emplace("scan_mean", matrix(2, 3, {1, 2, 3, 9, 1, -2}));
  folder.arrays.emplace("scan_share", matrix(2, 3, {50, 20, 10, 70, 5, 1}));
  const Panel panel = scan_panel(folder);
  EXPECT_THAT(panel.readings.at(0),
              HasSubstr("+9 nats a token, is that of component 0 at layer 3"));
  EXPECT_THAT(panel.readings.at(0), HasSubstr("in 1 of 2 layers"));
  EXPECT_THAT(figure(panel, 0).x.names, ElementsAre("0", "2", "5"));
  EXPECT_EQ(figure(panel, 0).heat_map->low, -9);
  EXPECT_EQ(panel.slots.at(0).choices.size(), 2U);
}

TEST(PanelsTest, TextsAreShownWhereThereAreSeveral) {
  ResultFolder folder = small_folder();
  EXPECT_FALSE(texts_panel(folder));
  folder.results["texts"] = {{{"n_tokens", 5}}, {{"n_tokens", 6}}};
  folder.results["headline"]["layers_hurt_over_texts"] = {3};
  folder.results["layers"][0]["over_texts"] = {
      {"mean", 0.1}, {"q", 0.9}, {"ci95", {-1, 1}}, {"means", {0.2, 0}}};
  folder.results["layers"][1]["over_texts"] = {
      {"mean", 2}, {"q", 0.01}, {"ci95", {1, 3}}, {"means", {1.5, 2.5}}};
  const auto panel = texts_panel(folder);
  ASSERT_TRUE(panel);
  const auto& series = figure(*panel, 0).series;
  EXPECT_THAT(series.at(0).y, ElementsAre(0.2, 0, 1.5, 2.5));
  EXPECT_THAT(series.at(1).y, ElementsAre(0.1, 2));
  EXPECT_THAT(series.at(1).low, ElementsAre(-1, 1));
  EXPECT_THAT(series.at(1).filled, ElementsAre(false, true));
  EXPECT_THAT(panel->readings.at(0),
              HasSubstr("Over 2 texts, each counted once, the removal hurts in "
                        "1 of 2 layers at q < 0.05 (layer 3)"));
}

TEST(PanelsTest, OfSeveralTextsThePanelsOfTheFirstSaySo) {
  ResultFolder folder = small_folder();
  const auto panels = [&] { return sweep_kind().panels(folder).value(); };
  for (const Panel& panel : panels())
    EXPECT_THAT(panel.before.str(), Not(HasSubstr("first text")));
  EXPECT_THAT(sweep_head(folder).str(), Not(HasSubstr("first text")));
  folder.results["texts"] = {{{"n_tokens", 5}}, {{"n_tokens", 6}}};
  for (auto& layer : folder.results["layers"])
    layer["over_texts"] = {{"mean", 0.1}, {"means", {0.2, 0}}};
  for (const Panel& panel : panels()) {
    EXPECT_EQ(panel.before.str().find("Of the first text alone.") ==
                  std::string::npos,
              panel.id == "texts" || panel.id == "method")
        << panel.id;
  }
  const std::string head = sweep_head(folder).str();
  EXPECT_THAT(head, HasSubstr("5 tokens in the first text"));
  EXPECT_THAT(head, HasSubstr("The first text"));
  EXPECT_THAT(texts_panel(folder)->definition.str(),
              HasSubstr("of a scan over layers and components"));
  EXPECT_THAT(layers_panel(folder).definition.str(),
              HasSubstr("of a scan over layers and components"));
}

TEST(PanelsTest, SetsOfLayersStandBesideTheirSum) {
  ResultFolder folder = small_folder();
  EXPECT_FALSE(together_panel(folder));
  folder.results["together"] = {{{"layers", {1, 2, 3}},
                                 {"default_n", {{"mean", 3}, {"ci95", {2, 4}}}},
                                 {"sum_of_single_means", 2}},
                                {{"layers", {1, 3}}, {"default_n", "odd"}}};
  const auto panel = together_panel(folder);
  ASSERT_TRUE(panel);
  EXPECT_THAT(figure(*panel, 0).x.names, ElementsAre("1\u20133", "1 and 3"));
  EXPECT_THAT(figure(*panel, 0).series.at(1).high.at(0), 4);
  EXPECT_THAT(panel->readings.at(0), HasSubstr("add up to +2, 1.5 times less"));
}

TEST(PanelsTest, AnatomyIsATable) {
  ResultFolder folder = small_folder();
  folder.results["layers"][1]["anatomy"] = nlohmann::json::parse(R"([
    {"component": 0, "sink_share": 0.9, "v_max_sq": 0.5, "v_max_neuron": 17,
     "v_participation": 3, "dormant_share": 0.25,
     "readout_high": [{"token_id": 5, "token": " <i>", "score": 2}],
     "readout_low": [{"token_id": 6, "token": "", "score": -2}]}])");
  const std::string html = direction_panel(folder).after.str();
  EXPECT_THAT(html, HasSubstr("\u00B7&lt;i&gt;"));
  EXPECT_THAT(html, HasSubstr("id 6"));
  EXPECT_THAT(html, HasSubstr("data-value=\"0.25\""));
}

TEST(PanelsTest, StrongestNeuronsComeFirst) {
  ResultFolder folder = small_folder();
  folder.arrays.emplace("v0", matrix(2, 3, {0.1, -0.9, 0.4, 0.6, 0, 0.8}));
  const Panel panel = direction_panel(folder);
  const Series& series = figure(panel, 0).series.at(0);
  EXPECT_THAT(series.y, ElementsAre(-0.9, 0.4, 0.1, 0.8, 0.6, 0));
  EXPECT_EQ(series.labels.at(3), "neuron 2");
}

TEST(ReportPageTest, ForeignTextIsEscapedEverywhere) {
  const auto page = report_page(small_folder(), {});
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(*page, HasSubstr("&lt;model&gt;"));
  EXPECT_THAT(*page, Not(HasSubstr("<model>")));
  EXPECT_THAT(*page, Not(HasSubstr(" <b>")));
  EXPECT_THAT(*page, Not(HasSubstr("\u202E")));
  EXPECT_THAT(*page, HasSubstr("Content-Security-Policy"));
}

TEST(ReportPageTest, AnAdditionIsCalledOne) {
  ResultFolder folder = small_folder();
  folder.results["manifest"]["spec"] = {
      {"remove", {0}},   {"basis", "diff-means"},
      {"action", "add"}, {"strength", 2},
      {"class", 1},      {"basis_file", "/home/somebody/b.safetensors"}};
  const auto page = report_page(folder, {});
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(*page, HasSubstr("Adding component 0 with strength 2 hurts "));
  EXPECT_THAT(*page, HasSubstr("tokens of class 1 have on average"));
  EXPECT_THAT(*page, HasSubstr("The addition hurts"));
  EXPECT_THAT(*page, HasSubstr("basis_file = &quot;b.safetensors&quot;"));
  EXPECT_THAT(*page, Not(HasSubstr("somebody")));
}

TEST(ReportPageTest, LayerMustBeSwept) {
  const auto page = report_page(small_folder(), {.layer = 2});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, ErrorCode::kBadInput);
  EXPECT_TRUE(report_page(small_folder(), {.layer = 3}));
}

TEST(ReportPageTest, ComparisonOverlaysAndSubtracts) {
  std::vector<Compared> results;
  results.push_back({"one", small_folder()});
  results.push_back({"<two>", small_folder()});
  results[1].folder.results["layers"][0]["default_n"]["mean"] = 0.4;
  const std::string page = comparison_page(results);
  EXPECT_THAT(page, HasSubstr("&lt;two&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("<two>")));
  EXPECT_THAT(page, HasSubstr(">0.3</td>"));  // 0.4 - 0.1
}

}  // namespace
}  // namespace excise
