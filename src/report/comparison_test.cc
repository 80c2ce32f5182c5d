// The words of a comparison beside the numbers that they rest on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "report/comparison_parts.h"
#include "testing/made_sweep.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// None where there is no such line.
std::vector<std::string> cells(const std::vector<ComparedRow>& rows,
                               const std::string& name) {
  const auto found = std::ranges::find(rows, name, &ComparedRow::name);
  return found == rows.end() ? std::vector<std::string>{} : found->cells;
}

std::string said(const Compared& first, const Compared& other) {
  return difference_panel(both(first, other)).readings.at(0);
}

const std::vector<double> kFlat = {0, 1, 1, 1, 1, 1, 1};

TEST(ComparisonTest, SettingsHaveNamesAndWords) {
  auto a = made_sweep("a", {kFlat}), b = made_sweep("b", {kFlat});
  json& spec = b.folder.results["manifest"]["spec"];
  spec["remove"] = {0, 1, 2, 5};
  spec["token_pattern"] = "";
  spec["corpus"] = "/home/somebody/corpus.txt";
  spec["controls"] = {{"random-rank", 40}};
  spec["memory_limit"] = 3145728;
  spec["model_fingerprint"] = "bb";
  spec["a_new_key"] = true;
  a.folder.results["manifest"]["spec"]["token_pattern"] = "^ the";
  b.folder.results["manifest"]["model"]["fingerprint"] = "bb";
  const auto rows = different_settings(both(a, b));
  EXPECT_THAT(cells(rows, "components removed"),
              ElementsAre("0", "0\u20132 and 5"));
  EXPECT_THAT(cells(rows, "tokens edited, by pattern"),
              ElementsAre("\u201C^ the\u201D", "none"));
  EXPECT_THAT(cells(rows, "corpus that was fitted"),
              ElementsAre("\u2013", "corpus.txt"));
  EXPECT_THAT(
      cells(rows, "controls drawn"),
      ElementsAre("\u2013", "random directions (random-rank), 40 draws"));
  EXPECT_THAT(cells(rows, "memory limit"), ElementsAre("\u2013", "3 MiB"));
  EXPECT_THAT(cells(rows, "fingerprint of the model"), ElementsAre("aa", "bb"));
  EXPECT_THAT(cells(rows, "a new key"), ElementsAre("\u2013", "yes"));
  EXPECT_THAT(cells(rows, "decomposition"), IsEmpty());  // the same
  EXPECT_EQ(rows.size(), 7U);
}

TEST(ComparisonTest, SettingsAreNamedAsOneTypesThem) {
  auto a = made_sweep("a", {kFlat}), b = made_sweep("b", {kFlat});
  json& spec = b.folder.results["manifest"]["spec"];
  a.folder.results["manifest"]["spec"]["centre"] = "none";
  spec["centre"] = "neuron";
  spec["remove"] = "each:0,1,2,5";
  const auto rows = different_settings(both(a, b));
  EXPECT_THAT(
      cells(rows, "mean that is taken out"),
      ElementsAre("none", "each neuron\u2019s mean over tokens (neuron)"));
  EXPECT_THAT(cells(rows, "components removed"),
              ElementsAre("0", "each of 0\u20132 and 5 by itself"));
  EXPECT_EQ(rows.at(0).option, "--centre");
  const std::string page = comparison_page(both(a, b));
  EXPECT_LT(page.find("What differs between the runs"),
            page.find("What came out"));
  EXPECT_THAT(page, HasSubstr("<code>--centre</code>"));
}

TEST(ComparisonTest, LongTextsAreShownWhereTheyPart) {
  auto a = made_sweep("a", {kFlat}), b = made_sweep("b", {kFlat});
  const std::string same(200, 'x');
  a.folder.results["manifest"]["spec"]["text"] = same + " one";
  b.folder.results["manifest"]["spec"]["text"] = {same + " two", "more"};
  const auto shown = cells(different_settings(both(a, b)), "text");
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_THAT(shown[0], StartsWith("\u201C\u2026xxx"));
  EXPECT_THAT(shown[0], HasSubstr("x one\u201D"));
  EXPECT_THAT(shown[1], StartsWith("2 texts, the first \u201C\u2026xxx"));
  EXPECT_LT(shown[0].size(), 100U);
}

TEST(ComparisonTest, HeadlinesAreNumbersByName) {
  auto a = made_sweep("a", {kFlat, kFlat}), b = made_sweep("b", {kFlat, kFlat});
  json& results = a.folder.results;
  results["headline"] = {
      {"layers_hurt", {0, 1}},
      {"layers_helped", json::array()},
      {"controls",
       {{"random-rank",
         {{"repeats", 40},
          {"layers_worse", {1}},
          {"layers_within", {0}},
          {"layers_less_harmful", json::array()},
          {"p_max", 0.05}}}}},
      {"removed", {{"layers_hurt", {1}}, {"layers_helped", {0}}}}};
  results["layers"][1]["default_n"] = {{"mean", 1.5}, {"ci95", {1, 2}}};
  for (size_t row = 0; row < 2; ++row)
    results["layers"][row]["removed_branch"]["default_n"] = {{"mean", -1}};
  const auto rows = headline_rows(both(a, b));
  EXPECT_THAT(cells(rows, "whole edit: hurts at q < 0.05"),
              ElementsAre("2 of 2 layers: 0 and 1", "0 of 2 layers"));
  EXPECT_THAT(cells(rows, "whole edit: largest mean"),
              ElementsAre("layer 1: +1.5 nats a token (95 % 1 to 2)",
                          "layer 0: +1 nats a token"));
  EXPECT_THAT(
      cells(rows, "whole edit: beside random directions"),
      ElementsAre("40 draws: above nearly all in 1 layer (1), below nearly "
                  "all in 0, within in 1; max statistic over layers p "
                  "= 0.05",
                  "\u2013"));
  EXPECT_THAT(cells(rows, "removed alone: helps at q < 0.05"),
              ElementsAre("1 of 2 layers: 0", "\u2013"));
  EXPECT_THAT(cells(rows, "removed alone: largest mean"),
              ElementsAre("layer 0: \u22121 nats a token", "\u2013"));
  EXPECT_THAT(cells(rows, "mean alone: largest mean"), IsEmpty());
}

TEST(ComparisonTest, RowsNameTheLimitOfTheResults) {
  auto a = made_sweep("a", {kFlat}), b = made_sweep("b", {kFlat});
  a.folder.results["headline"]["significance"] = 0.01;
  EXPECT_EQ(headline_rows(both(a, a)).at(0).name, "removal: hurts at q < 0.01");
  EXPECT_EQ(headline_rows(both(a, b)).at(0).name,
            "removal: hurts at q < 0.01 or 0.05");
}

TEST(ComparisonTest, SeveralTextsComeFirst) {
  auto a = made_sweep("a", {kFlat});
  add_texts(a, {{1, 2}});
  a.folder.results["layers"][0]["over_texts"]["mean"] = 1.5;
  a.folder.results["headline"]["over_texts"] = {{"layers_hurt", {0}},
                                                {"layers_helped", {}}};
  const auto rows = headline_rows(both(a, a));
  EXPECT_EQ(rows.at(0).name, "over texts: hurts at q < 0.05");
  EXPECT_THAT(cells(rows, "removal, first text: largest mean"),
              ElementsAre("layer 0: +1 nats a token",
                          "layer 0: +1 nats a "
                          "token"));
  EXPECT_THAT(headline_reading(both(a, made_sweep("b", {{0, -1}}))),
              testing::Eq("over texts, a hurts in 1 of 1 layer (0) at q < "
                          "0.05 and helps in 0, the largest mean at layer 0 "
                          "(+1.5 nats a token); b hurts in 0 of 1 layer at q < "
                          "0.05 and helps in 0."));
}

TEST(ComparisonTest, AResultThatHelpsIsTold) {
  auto a = made_sweep("a", {{0, -1}, {0, -2}});
  a.folder.results["headline"]["layers_helped"] = {0, 1};
  EXPECT_EQ(headline_reading(both(a, a)),
            "a hurts in 0 of 2 layers at q < 0.05 and helps in 2 (0 and 1); a "
            "hurts in 0 of 2 layers at q < 0.05 and helps in 2 (0 and 1).");
}

TEST(ComparisonTest, OlderResultsHaveWhatTheyCounted) {
  auto old = made_sweep("old", {kFlat});
  old.folder.results["schema"] = "excise.results/1";
  old.folder.results["headline"]["mean_alone_share"] = 1.03696;
  old.folder.results["headline"]["controls"]["random-rank"] = {
      {"layers_beyond", {0}}};
  const std::string page = comparison_page(both(old, made_sweep("b", {kFlat})));
  EXPECT_THAT(page, Not(HasSubstr("mean_alone_share")));
  EXPECT_THAT(page, Not(HasSubstr("1.03696")));
  EXPECT_THAT(page, HasSubstr("removal: hurts at q &lt; 0.05"));
  // Nothing but names stands before the names.
  EXPECT_THAT(page, Not(HasSubstr("<th scope=\"row\">layers_")));
}

TEST(ComparisonTest, ADifferenceUpAndDown) {
  const auto a = made_sweep("a", {kFlat, kFlat, kFlat});
  const auto b = made_sweep("b", {{0, 3, 3.1, 2.9, 3, 3.2, 2.8},
                                  {0, 0.5, 0.4, 0.6, 0.5, 0.3, 0.7},
                                  {0, 0, 2, 1, 3, -1, 1.1}});
  const std::string text = said(a, b);
  EXPECT_THAT(text,
              HasSubstr("Token by token (6 tokens of the same text), of "
                        "3 layers, the effect of b is above that of a in 1 (0) "
                        "and below it in 1 (1), at q < 0.05"));
  EXPECT_THAT(text, HasSubstr("the largest mean difference, +2 nats a token"));
  EXPECT_THAT(text, HasSubstr("is at layer 0."));
  EXPECT_THAT(text, HasSubstr("Tokens of one text depend on each other"));
  const std::string back = said(b, a);
  EXPECT_THAT(
      back,
      HasSubstr("the effect of a is above that of b in 1 (1) and below it in 1 "
                "(0)"));
  EXPECT_THAT(back, HasSubstr("\u22122 nats a token"));
}

TEST(ComparisonTest, NoDifference) {
  const auto a = made_sweep("a", {kFlat});
  EXPECT_THAT(said(a, made_sweep("b", {{0, 0, 2, 1, 3, -1, 1.1}})),
              HasSubstr("b differs from a in 0 of 1 layer at q < 0.05"));
  EXPECT_THAT(said(a, made_sweep("b", {kFlat})),
              HasSubstr("b has exactly the effects of a in 1 layer."));
  // The same difference everywhere has no variance, and no test.
  const std::string shifted = said(a, made_sweep("b", {{0, 2, 2, 2, 2, 2, 2}}));
  EXPECT_THAT(shifted, HasSubstr("can be tested in no layer (zero variance"));
  EXPECT_THAT(shifted, HasSubstr("+1 nats a token, is at layer 0"));
  EXPECT_THAT(shifted, Not(HasSubstr("exactly")));
}

TEST(ComparisonTest, WhatCannotBeTestedIsSaid) {
  EXPECT_THAT(said(made_sweep("a", {{0, 1}}), made_sweep("b", {{0, 3}})),
              HasSubstr("can be tested in no layer (fewer than two values)"));
  const auto a = made_sweep("a", {kFlat, {0, 1, NAN, 1, 1, 1, 1}});
  const auto b =
      made_sweep("b", {{0, 3, 3.1, 2.9, 3, 3.2, 2.8}, {0, 2, 2, 2, 2, 2, 3}});
  EXPECT_THAT(said(a, b), HasSubstr("(1 cannot be tested)"));
  auto other = made_sweep("b", {{0, 1, 2}});
  other.folder.results["manifest"]["text_fingerprint"] = "f1";
  const Panel panel = difference_panel(both(a, other));
  EXPECT_THAT(panel.readings.at(0),
              testing::Eq("a and b have no test of their difference token by "
                          "token: they are of different texts, of 7 tokens and "
                          "3 tokens."));
  EXPECT_THAT(panel.slots, IsEmpty());
  EXPECT_TRUE(panel.after.empty());
}

TEST(ComparisonTest, CountsTheTextsThatAreTested) {
  auto a = made_sweep("a", {kFlat}), b = made_sweep("b", {kFlat});
  add_texts(a, {{1, 1, 1, 1}});
  add_texts(b, {{2, 3, 4, 5}});
  b.folder.results["layers"][0]["over_texts"]["means"][3] = nullptr;
  EXPECT_THAT(said(a, b), StartsWith("Text by text (3 of 4 texts, each"));
}

TEST(ComparisonTest, WhatIsEqualIsNotUntested) {
  const auto a = made_sweep("a", {kFlat, kFlat});
  const auto b = made_sweep("b", {{0, 3, 3.1, 2.9, 3, 3.2, 2.8}, kFlat});
  EXPECT_THAT(said(a, b), HasSubstr("(1 is exactly the same)"));
  EXPECT_THAT(said(a, b), Not(HasSubstr("cannot be tested")));
  // Each reason once; what is equal has none of its own.
  const auto c =
      made_sweep("c", {{0, 2, 2, 2, 2, 2, 2}, {0, 1, NAN, 1, 1, 1, 1}, kFlat});
  EXPECT_THAT(
      said(made_sweep("a", {kFlat, kFlat, kFlat}), c),
      HasSubstr(
          "can be tested in no layer (zero variance (max == min); an effect "
          "is not finite)"));
}

TEST(ComparisonTest, SaysThatEachPairIsCorrectedByItself) {
  const auto a = made_sweep("a", {kFlat});
  std::vector<Compared> three = both(a, made_sweep("b", {kFlat}));
  EXPECT_THAT(difference_panel(three).readings.at(0),
              Not(HasSubstr("one pair of results")));
  three.push_back(made_sweep("c", {{0, 3, 3.1, 2.9, 3, 3.2, 2.8}}));
  EXPECT_THAT(difference_panel(three).readings.at(0),
              HasSubstr("Each q is of one pair of results by itself."));
}

TEST(ComparisonTest, TheSameSettingsAreSaidToBe) {
  auto a = made_sweep("a", {kFlat}), b = made_sweep("b", {kFlat});
  EXPECT_THAT(comparison_page(both(a, b)),
              HasSubstr("All settings, the model"));
  b.folder.results["manifest"]["spec"]["seed"] = 4;
  EXPECT_THAT(comparison_page(both(a, b)), Not(HasSubstr("All settings")));
}

TEST(ComparisonTest, TooFewDrawsTellNoLayer) {
  auto a = made_sweep("a", {kFlat});
  a.folder.results["headline"]["controls"]["random-rank"] = {
      {"repeats", 20},
      {"layers_worse", json::array()},
      {"layers_within", json::array()},
      {"layers_less_harmful", json::array()},
      {"p_max", 0.5}};
  EXPECT_THAT(
      cells(headline_rows(both(a, a)), "removal: beside random directions"),
      ElementsAre("20 draws: no layer can be told; max statistic over "
                  "layers p = 0.5",
                  testing::_));
}

TEST(ComparisonTest, TextsAreTestedFirst) {
  auto a = made_sweep("a", {kFlat}),
       b = made_sweep("b", {{0, 3, 3.1, 2.9, 3, 3.2, 2.8}});
  add_texts(a, {{1, 1, 1, 1}});
  add_texts(b, {{0, 2, 1, 1.1}});
  const Panel panel = difference_panel(both(a, b));
  EXPECT_THAT(panel.readings.at(0),
              StartsWith("Text by text (4 texts, each counted once), b differs "
                         "from a in 0 of 1 layer at q < 0.05"));
  EXPECT_THAT(panel.readings.at(0),
              HasSubstr("Token by token (6 tokens of the first text), of 1 "
                        "layer, the effect of b is above that of a in 1 (0) "
                        "and below it in 0"));
  const auto& choices = panel.slots.at(0).choices;
  ASSERT_EQ(choices.size(), 2U);
  EXPECT_EQ(choices[0].id, "compare-difference-texts");
  EXPECT_THAT(choices[0].series.at(0).filled, ElementsAre(false));
  EXPECT_THAT(choices[1].series.at(0).filled, ElementsAre(true));
}

TEST(ComparisonTest, AnotherModelIsSaidToBeOne) {
  const auto a = made_sweep("a", {kFlat});
  auto b = made_sweep("b", {{0, 3, 3.1, 2.9, 3, 3.2, 2.8}});
  EXPECT_THAT(said(a, b), Not(HasSubstr("another model")));
  b.folder.results["manifest"]["model"]["fingerprint"] = "bb";
  EXPECT_THAT(said(a, b), HasSubstr("b is of another model than a"));
}

TEST(ComparisonTest, ZeroHasNoSign) {
  auto a = made_sweep("a", {{0, -0.0, -0.0, -0.0}});
  a.folder.results["layers"][0]["default_n"] = {
      {"mean", -0.0}, {"t", -0.0}, {"q", 0.0}, {"ci95", {-0.0, 0.0}}};
  std::string page = comparison_page(both(a, a));
  page.resize(page.find("<script"));  // Plotly has such texts of its own
  for (const char* sign : {">-0", ">\u22120<", "\"-0\"", " -0 ", "\u22120 "})
    EXPECT_EQ(page.find(sign), std::string::npos) << sign;
}

}  // namespace
}  // namespace excise
