// Words against numbers: what is said of the cells of a removal and of its
// controls, on made-up results.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/made_words.h"

namespace excise {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Layers: what undoes, what adds, what cannot be told, and no cost to undo.
SweepResult four_cells() {
  return made_result(400, {0.2, 4, 2, 1}, {-1, 1, 0, 1}, {2, 2, 2, 0});
}

TEST(CellWords, CountEachCell) {
  const SweepResult result = four_cells();
  const Summary summary = summary_of(result);
  const std::string text = passage(result, summary, "cells");
  const auto& removed = summary.headline.removed;
  const auto& empty = summary.headline.empty;
  ASSERT_TRUE(removed && empty);
  EXPECT_EQ(number_after(text, "Taking component 0 out alone hurts in "),
            removed->layers_hurt.size());
  EXPECT_EQ(number_after(text,
                         "Putting the mean back alone, with nothing removed, "
                         "hurts in "),
            empty->layers_hurt.size());
  EXPECT_EQ(number_after(text, "differs from the sum of the two in "),
            summary.headline.layers_interaction.size());
  EXPECT_EQ(number_after(text, " In "), summary.headline.layers_undone.size());
  // What the amended method forbids.
  for (const char* claim : {"explains", "beyond the mean", "net "})
    EXPECT_THAT(text, Not(HasSubstr(claim)));
}

TEST(CellWords, TellWhatIsUndoneByItsInterval) {
  const SweepResult result = four_cells();
  Summary summary = summary_of(result);
  const auto set = [&](size_t layer, double share, double low, double high) {
    summary.layers[layer].undone = ShareUndone{share, Interval{low, high}, ""};
  };
  set(0, 0.9, 0.8, 0.97);
  set(1, -1, -1.2, -0.8);
  set(2, 0, -0.1, 0.1);
  summary.layers[3].undone = ShareUndone{{}, {}, "no cost"};
  const std::string text = passage(result, summary, "cells");
  EXPECT_THAT(text, HasSubstr("In 3 of 4 layers (0-2) the removal alone has a "
                              "cost"));
  EXPECT_THAT(text, HasSubstr("of these, each by itself, putting the mean back "
                              "undoes at least part of it in 1 of 3 layers "
                              "(0): 90 %"));
  EXPECT_THAT(text, HasSubstr("adds to it in layer 1 (100 %)"));
  EXPECT_THAT(text, HasSubstr("doing neither in layer 2."));
  for (LayerSummary& layer : summary.layers) layer.undone = ShareUndone{};
  EXPECT_THAT(passage(result, summary, "cells"),
              HasSubstr("Nothing can be said to be undone"));
}

TEST(CellWords, MoreThanAllOfTheCostIsTold) {
  const SweepResult result = four_cells();
  Summary summary = summary_of(result);
  for (LayerSummary& layer : summary.layers)
    layer.undone = ShareUndone{0.9, Interval{0.8, 1.1}, ""};
  EXPECT_THAT(passage(result, summary, "cells"), Not(HasSubstr("more than")));
  summary.layers[2].undone = ShareUndone{1.3, Interval{1.1, 1.5}, ""};
  EXPECT_THAT(passage(result, summary, "cells"),
              HasSubstr("at least part of it in 4 of 4 layers: 90 to 130, "
                        "median 90 % (more than all of it in layer 2)."));
}

TEST(CellWords, NoIntervalIsNotNoCost) {
  SweepResult result = four_cells();
  for (LayerFindings& layer : result.findings)
    layer.removed->delta_logprob.assign(400, 0.5);  // all equal
  std::string text = passage(result, "cells");
  EXPECT_THAT(text, HasSubstr("Nothing can be said to be undone: the cost of "
                              "the removal alone has no interval (layers "
                              "0-3)."));
  EXPECT_THAT(text, HasSubstr("No test at layers 0-3: zero variance"));
  result.findings[3].removed = made_effect(400, 5, -1, 5);
  text = passage(result, "cells");
  EXPECT_THAT(text, HasSubstr("has no interval (layers 0-2); the cost of the "
                              "removal alone is not above 0 with its whole 95 "
                              "% interval (layer 3)."));
  result.findings[1].empty->delta_logprob[3] = kNaN;
  EXPECT_THAT(passage(result, "cells"),
              HasSubstr("No test at layer 1: an effect is not finite."));
}

TEST(CellWords, SeveralComponentsAndTheCosineOfTheChanges) {
  SweepResult result = four_cells();
  result.spec.remove = {0, 2};
  const std::string text = passage(result, "cells");
  EXPECT_THAT(text, HasSubstr("Components 0, 2 have in them most of the mean "
                              "put back in 4 of 4 layers"));
  EXPECT_THAT(text, Not(HasSubstr("|cosine|")));
  EXPECT_THAT(text, HasSubstr("the cosine is -0.75."));
  Summary summary = summary_of(result);
  for (LayerSummary& layer : summary.layers)
    layer.cells->cos_empty_removed.reset();
  EXPECT_THAT(passage(result, summary, "cells"), Not(HasSubstr("Between the")));
}

TEST(CellWords, UpDownNoneAndAllStarred) {
  const auto text = [](double removed, double empty) {
    const std::vector<double> one(3, removed), other(3, empty);
    return passage(made_result(400, {0, 0, 0}, other, one), "cells");
  };
  EXPECT_THAT(text(2, -2),
              HasSubstr("alone hurts in 3 of 3 layers at q < 0.05 ("));
  EXPECT_THAT(text(2, -2), HasSubstr("and helps in 3 of 3 layers ("));
  EXPECT_THAT(text(-2, 2), HasSubstr("Nothing can be said to be undone"));
  EXPECT_THAT(text(0, 0),
              HasSubstr("alone hurts in 0 of 3 layers at q < 0.05 and"));
  EXPECT_THAT(text(2, 2), Not(HasSubstr("No test")));
}

TEST(CellWords, SayWhatTheComponentIs) {
  const SweepResult result = four_cells();
  Summary summary = summary_of(result);
  const double cosines[] = {0.96, 0.88, 0.7, 0.1};  // 0.7^2 < 1/2
  for (size_t i = 0; i < 4; ++i)
    summary.layers[i].cells->restored_mean_in_removed = cosines[i];
  EXPECT_THAT(passage(result, summary, "cells"),
              HasSubstr("Component 0 is mostly the mean that is put back in 2 "
                        "of 4 layers (0, 1) (|cosine| of both directions 0.88 "
                        "to 0.96; in the others 0.1 to 0.7)."));
  for (LayerSummary& layer : summary.layers)
    layer.cells->restored_mean_in_removed.reset();
  EXPECT_THAT(passage(result, summary, "cells"), Not(HasSubstr("mostly")));
}

TEST(CellWords, WithoutAllCellsClaimNothingOfThem) {
  SweepResult result = made_result(60, {1, 1}, {});
  EXPECT_THAT(passage(result, "cells"), HasSubstr("was not measured"));
  result.removal = {Mean::kNeuron, Mean::kNeuron};
  EXPECT_THAT(passage(result, "cells"), HasSubstr("changes nothing"));
}

SweepResult with_controls(double control_mean, size_t repeats,
                          Cell cell = Cell::kPreset) {
  SweepResult result = identity(100, {1, 1, 1});
  if (cell == Cell::kRemoved) {
    result = made_result(100, {1, 1, 1}, {0, 0, 0}, {1, 1, 1});
    add_made_control(Control::kNormMatched, repeats, 1, result);
  }
  add_made_control(Control::kNormMatched, repeats, control_mean, result, cell);
  return result;
}

TEST(ControlWords, CountBothSides) {
  const struct {
    double mean;
    const char* worse;
    const char* less;
  } cases[] = {{-3, "in 3 of 3 layers, among", "nearly all in 0 of 3 layers"},
               {1, "in 0 of 3 layers, among", "nearly all in 0 of 3 layers"},
               {5, "in 0 of 3 layers, among", "nearly all in 3 of 3 layers"}};
  for (const auto& one : cases) {
    const SweepResult result = with_controls(one.mean, 40);
    const Summary summary = summary_of(result);
    const std::string text = passage(result, summary, "controls");
    EXPECT_THAT(text, HasSubstr("40 draws of random changes of the same size"));
    EXPECT_EQ(text.find("the removal stands out") != std::string::npos,
              *summary.headline.controls[0].p_max < 0.05)
        << text;
    if (one.mean == 1) continue;  // which layers are within is chance
    EXPECT_THAT(text, HasSubstr(one.worse));
    EXPECT_THAT(text, HasSubstr(one.less));
  }
}

TEST(ControlWords, CountWhatTheLayersSay) {
  const SweepResult result = with_controls(1, 40);
  const Summary summary = summary_of(result);
  size_t worse = 0, less = 0, within = 0;
  for (const LayerSummary& layer : summary.layers) {
    const ControlSummary& control = layer.controls.front();
    const bool beyond = *control.p_two_sided < 0.05;
    within += beyond ? 0 : 1;
    worse += beyond && *control.percentile > 50 ? 1 : 0;
    less += beyond && *control.percentile < 50 ? 1 : 0;
  }
  const std::string text = passage(result, summary, "controls");
  EXPECT_EQ(number_after(text, "larger than nearly all of theirs in "), worse);
  EXPECT_EQ(number_after(text, "among them in "), within);
  EXPECT_EQ(number_after(text, "smaller than nearly all in "), less);
  EXPECT_NEAR(number_after(text, "chance alone would put "), 3 * 2.0 / 41,
              0.005);
  EXPECT_NEAR(number_after(text, "with probability "),
              100 * (1 - std::pow(39.0 / 41, 3)), 0.51);
}

TEST(ControlWords, SayHowManyDrawsAQTakes) {
  EXPECT_THAT(passage(with_controls(-3, 40), "controls"),
              HasSubstr("% (a q over layers takes 120 draws)."));
  EXPECT_THAT(passage(with_controls(-3, 120), "controls"),
              Not(HasSubstr("q over layers")));
}

TEST(ControlWords, TooFewDrawsTellNoLayer) {
  const std::string text = passage(with_controls(-9, 39), "controls");
  EXPECT_THAT(text, HasSubstr("with 39 draws no two-sided p is below 0.05 at a "
                              "single layer: that takes 40 draws."));
  EXPECT_THAT(text, Not(HasSubstr("larger than")));
}

TEST(ControlWords, FewDrawsNameTheirCellAndDoNotContradictThemselves) {
  for (const size_t repeats : {1, 5, 18, 19, 20, 39}) {
    SCOPED_TRACE(repeats);
    const std::string text =
        passage(with_controls(-9, repeats, Cell::kRemoved), "controls");
    EXPECT_THAT(text, HasSubstr("(norm-matched), the whole edit "));
    EXPECT_THAT(text, HasSubstr("(norm-matched), the removal alone "));
    EXPECT_EQ(text.find("stands out") != std::string::npos, repeats >= 20);
    EXPECT_EQ(text.find("cannot be compared") != std::string::npos,
              repeats < 20);
    EXPECT_THAT(text, Not(HasSubstr("no layer can be told")));
  }
}

TEST(ControlWords, NameTheSideThatStandsOut) {
  const std::string above = passage(with_controls(-3, 40), "controls");
  EXPECT_THAT(above, HasSubstr(", above them in layers 0-2. Layer by layer"));
  EXPECT_THAT(above, Not(HasSubstr("below them")));
  const std::string below = passage(with_controls(5, 40), "controls");
  EXPECT_THAT(below, HasSubstr(", below them in layers 0-2. Layer by layer"));
  EXPECT_THAT(below, Not(HasSubstr("above them")));
  SweepResult both = with_controls(-3, 40);
  for (auto& draw : both.findings[1].controls[0].delta_logprob)
    for (double& value : draw) value += 8;
  EXPECT_THAT(
      passage(both, "controls"),
      HasSubstr(", above them in layers 0, 2 and below them in layer 1"));
}

TEST(ControlWords, ASingleLayerHasOneVerdict) {
  const struct {
    double mean;
    const char* words;
  } cases[] = {{-3, "larger than nearly all of theirs"},
               {1, "theirs"},  // on which side is chance
               {5, "smaller than nearly all of theirs"}};
  for (const auto& one : cases) {
    SweepResult result = identity(100, {1});
    add_made_control(Control::kNormMatched, 40, one.mean, result);
    const Summary summary = summary_of(result);
    const std::string text = passage(result, summary, "controls");
    EXPECT_THAT(text, HasSubstr(one.words));
    EXPECT_EQ(text.find("nearly all") != std::string::npos,
              *summary.layers[0].controls[0].p_two_sided < 0.05);
    EXPECT_THAT(text, HasSubstr("the effect of the removal at layer 0 is "));
    EXPECT_EQ(text.find("p = "), text.rfind("p = ")) << text;
    EXPECT_THAT(text, Not(HasSubstr("over all layers")));
  }
  SweepResult few = identity(100, {1});
  add_made_control(Control::kNormMatched, 39, -3, few);
  EXPECT_THAT(passage(few, "controls"),
              HasSubstr("the removal at layer 0 cannot be compared; with 39 "
                        "draws no two-sided p is below 0.05"));
  SweepResult unfinite = identity(100, {1});
  add_made_control(Control::kNormMatched, 40, -3, unfinite);
  unfinite.findings[0].controls[0].delta_logprob[7][3] = kNaN;
  EXPECT_TRUE(passage(unfinite, "controls")
                  .ends_with("the removal at layer 0 cannot be compared."));
  SweepResult cells = made_result(100, {1}, {0}, {1});
  for (const Cell cell : {Cell::kPreset, Cell::kRemoved})
    add_made_control(Control::kNormMatched, 40, -3, cells, cell);
  EXPECT_TRUE(passage(cells, "controls")
                  .ends_with(" These 2 p are not corrected for each other."));
}

TEST(ControlWords, AnEditThatHelpsIsNotHarmful) {
  SweepResult result = identity(100, {-1, -1, -1});
  add_made_control(Control::kNormMatched, 40, -4, result);
  const std::string text = passage(result, "controls");
  EXPECT_THAT(text, HasSubstr("larger than nearly all of theirs in 3 of 3"));
  EXPECT_THAT(text, Not(HasSubstr("harmful")));
}

TEST(ControlWords, WithoutANumberAnywhereNothingIsClaimed) {
  SweepResult result = with_controls(-3, 40);
  for (LayerFindings& layer : result.findings)
    layer.controls[0].delta_logprob[7][3] = kNaN;
  const std::string text = passage(result, "controls");
  EXPECT_THAT(text, HasSubstr("the removal cannot be compared over all"));
  EXPECT_THAT(text, HasSubstr("(3 not compared)"));
  EXPECT_THAT(text, Not(HasSubstr("stands out")));
}

TEST(ControlWords, DoNotStandOutFromTheirLike) {
  const std::string text = passage(with_controls(1, 40), "controls");
  EXPECT_THAT(text, HasSubstr("the removal does not stand out over all layers "
                              "at once (max statistic, p = "));
  EXPECT_THAT(text, Not(HasSubstr(" them in layer")));
}

TEST(ControlWords, SeveralTestsAreNotCorrected) {
  EXPECT_THAT(passage(with_controls(-3, 40), "controls"),
              Not(HasSubstr("not corrected")));
  const std::string text =
      passage(with_controls(-3, 40, Cell::kRemoved), "controls");
  const std::string words =
      " These 2 p of the max statistic are not corrected for each other.";
  EXPECT_TRUE(text.ends_with(words)) << text;
  EXPECT_EQ(text.find("not corrected"), text.rfind("not corrected"));
  // Draws that are too few have no such p.
  EXPECT_THAT(passage(with_controls(-3, 5, Cell::kRemoved), "controls"),
              Not(HasSubstr("not corrected")));
}

TEST(ControlWords, OverTheTextsAreNamedSo) {
  for (const double draws : {-3.0, 5.0}) {
    SweepResult result = with_controls(draws, 40);
    EXPECT_THAT(passage(result, "texts"), IsEmpty());
    result = with_texts(std::move(result), {1, 1, 1});
    for (TextFindings& text : result.further_texts)
      text.control_means.assign(3, {std::vector<double>(40, draws)});
    const std::string text = passage(result, "texts");
    EXPECT_THAT(text, HasSubstr("(norm-matched) over the texts, the removal "
                                "stands out over all layers at once"));
    EXPECT_THAT(text, HasSubstr(draws < 0 ? "of theirs in 3 of 3 layers"
                                          : "nearly all in 3 of 3 layers"));
    EXPECT_THAT(passage(result, "controls"), Not(HasSubstr("over the texts")));
  }
}

TEST(ControlWords, NotFiniteIsNotCompared) {
  SweepResult result = with_controls(-3, 40);
  result.findings[1].controls[0].delta_logprob[7][3] = kNaN;
  EXPECT_NEAR(
      number_after(passage(result, "controls"), "chance alone would put "),
      2 * 2.0 / 41, 0.005);
  EXPECT_THAT(passage(result, "controls"),
              HasSubstr("in 2 of 3 layers (0, 2), among them in 0, and smaller "
                        "than nearly all in 0 of 3 layers (1 not compared)"));
}

TEST(ControlWords, NameTheirCell) {
  const SweepResult result = with_controls(-3, 40, Cell::kRemoved);
  const std::string text = passage(result, "controls");
  const size_t whole = text.find("the whole edit");
  const size_t alone = text.find("the removal alone stands out");
  ASSERT_NE(whole, std::string::npos) << text;
  ASSERT_NE(alone, std::string::npos) << text;
  EXPECT_LT(whole, alone);
  EXPECT_THAT(passage(four_cells(), "controls"), IsEmpty());
}

TEST(ControlWords, AShuffleIsDescribedWithoutAP) {
  SweepResult result = identity(100, {1, 1, 1});
  add_made_control(Control::kNeuronShuffle, 40, -3, result);
  const std::string text = passage(result, "controls");
  EXPECT_THAT(text, HasSubstr("a larger effect than 100 % of them (median over "
                              "layers): a description without a test"));
  EXPECT_THAT(text, Not(HasSubstr("p =")));
  EXPECT_THAT(text, Not(HasSubstr("p <")));
}

}  // namespace
}  // namespace excise
