// Marks and legends of the tables of other experiments than sweeps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/anatomy_table.h"
#include "cli/concept_table.h"
#include "cli/lesion_table.h"
#include "cli/median_table.h"
#include "testing/bundled_model.h"
#include "testing/made_concept.h"

namespace excise {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

TEST(MedianTable, MarksWhatIsBeyondRandomNeurons) {
  MedianResult result;
  result.layers = {3};
  result.spec.percent = {10, 40};
  result.spec.random = 20;
  for (const double p : {0.04, 0.05}) {
    MedianCell& cell = result.cells.emplace_back();
    cell.layer = 3;
    cell.delta_logprob = 10 * p;
    cell.random_p_one_sided = p;
  }
  const std::string table = one_line(median_table(result, Terminal()));
  EXPECT_THAT(table, HasSubstr("    3  +0.400*  +0.500  "));
  EXPECT_THAT(table, HasSubstr("* lowers the target more, or raises it less, "
                               "than as many random neurons (20 draws, "
                               "one-sided p < 0.05, not corrected)."));
  EXPECT_THAT(table, Not(HasSubstr("Shown:")));
  result.spec.random = 0;
  for (MedianCell& cell : result.cells) cell.random_p_one_sided.reset();
  EXPECT_THAT(median_table(result, Terminal()), Not(HasSubstr("*")));
}

TEST(LesionTable, MarksWhatIsBeyondRandomGroups) {
  LesionResult result;
  result.spec.pairs.first_word = "him";
  result.spec.pairs.second_word = "her";
  result.spec.random = 20;
  LayerLesion& layer = result.lesions.emplace_back();
  layer.groups.layer = 3;
  layer.groups.first = {7};
  layer.first.zeroed = 1;
  layer.first.selective_loss.mean = 0.5;
  layer.first.selective_loss.q = 0.01;
  layer.first.random_p_one_sided = 0.04;
  std::string table = one_line(lesion_table(result, Terminal()));
  EXPECT_THAT(table, ContainsRegex("\\+0.500 +0.01 +0.04\\* +- +- +- "));
  EXPECT_THAT(table, HasSubstr("against 20 random groups of this size; * below "
                               "0.05, not corrected over layers."));
  result.lesions[0].first.random_p_one_sided = 0.05;
  EXPECT_THAT(lesion_table(result, Terminal()), Not(ContainsRegex("0.05\\*")));
  result.spec.random = 0;
  EXPECT_THAT(lesion_table(result, Terminal()),
              Not(HasSubstr("random groups")));
}

TEST(ConceptTable, MarksWhatIsNotToldApartAndWhatIsNotWithinTheBound) {
  ConceptResult result = made_concept();
  result.spec.max_damage = 0.05;
  std::string table = concept_table(result, Terminal());
  // Own words are apart from 0; the control text of off is not.
  EXPECT_THAT(table, ContainsRegex("    3   0.90 \\*     2  +\\+2.000  "));
  EXPECT_THAT(table, HasSubstr(" +0.020~"));
  EXPECT_THAT(table, HasSubstr(" +0.030 "));
  EXPECT_THAT(one_line(table), HasSubstr("within 0.05 nats, else (!) the least "
                                         "harmful"));
  result.spec.max_damage = 0.01;
  EXPECT_THAT(concept_table(result, Terminal()), HasSubstr("1! "));
}

TEST(AnatomyTable, NamesWhatItShows) {
  SweepResult result;
  LayerFindings& layer = result.findings.emplace_back();
  layer.layer = 3;
  ComponentAnatomy& one = layer.anatomy.emplace_back();
  one.sink_share = 0.25;
  one.v_participation = 3;
  one.v_max_neuron = 17;
  one.v_max_sq = 0.5;
  const std::string table = anatomy_table(baker(), result, Terminal());
  EXPECT_THAT(table,
              HasSubstr("    3         0     25.0         3      17    50.0"
                        "         -"));
  EXPECT_THAT(one_line(table),
              HasSubstr("dormant: share of the change that the MLP's output "
                        "cannot see."));
}

}  // namespace
}  // namespace excise
