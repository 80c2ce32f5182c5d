#include "experiment/concept/concept_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiment/concept/concept_effects.h"
#include "intervention/linear_basis.h"
#include "testing/bundled_model.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using testing::HasSubstr;

ConceptSpec him_her() {
  ConceptSpec spec;
  spec.set = read_concept(std::string(EXCISE_SOURCE_DIR) +
                          "/experiments/concepts/him-her.toml")
                 .value();
  spec.layers = "0,11";
  spec.threads = 1;
  spec.random = 19;
  return spec;
}

TEST(ConceptChange, OffIsARemovalAndOnTheMeanOfTheClass) {
  LinearParts parts;
  parts.basis = "diff-means";
  parts.op = {Mean::kNeuron, Mean::kNeuron};
  parts.mean = {1, 0};
  parts.atoms = Matrix<double>(1, 2);
  parts.atoms(0, 0) = 1;
  parts.class_codes = Matrix<double>(2, 1);
  parts.class_codes(0, 0) = 3;
  parts.class_codes(1, 0) = -3;
  const LinearBasis basis(std::move(parts));
  const Positions but_first = Positions::parse("1-").value();
  Matrix<float> value(2, 2), delta(2, 2);
  for (float& number : value.values()) number = 5;
  ASSERT_TRUE(concept_change({0, &basis, ConceptSwitch::kOff, 0.5}, but_first,
                             value, delta));
  // The code of the other is 5 - 1.
  EXPECT_EQ(delta(0, 0), 0);
  EXPECT_FLOAT_EQ(delta(1, 0), -2);
  EXPECT_FLOAT_EQ(delta(1, 1), 0);
  ASSERT_TRUE(concept_change({0, &basis, ConceptSwitch::kOn, 2}, but_first,
                             value, delta));
  EXPECT_EQ(delta(0, 0), 0);
  EXPECT_FLOAT_EQ(delta(1, 0), 6);
}

TEST(Concept, SwitchesOffAndOnAtTheChosenLayer) {
  const auto result = run_concept(baker(), him_her(), {});
  ASSERT_TRUE(result) << result.error().message;
  const LayerConcept& layer = result->layer_of(result->off);
  EXPECT_EQ(layer.layer, 0U);
  const ConceptCell& off = result->cell_of(result->off);
  EXPECT_GT(off.report.own_words.mean, 0.2);
  EXPECT_EQ(off.report.own_words.n, 4U);
  EXPECT_LT(result->cell_of(result->on).report.own_words.mean, -0.2);
  EXPECT_EQ(result->off.rule, ChoiceRule::kWithinBound);
  EXPECT_LE(off.choose.control_text.most_change(), result->spec.max_damage);
  EXPECT_EQ(off.report.control_text.n, result->n_control_report);
  EXPECT_GT(layer.probe_before, 0.6);
  // Removing leaves nothing to find; reflecting keeps all of it.
  for (const ConceptCell& cell : layer.cells) {
    if (cell.way == ConceptSwitch::kOn) {
      EXPECT_FALSE(cell.probe_after);
    } else if (cell.alpha == 1) {
      EXPECT_LT(*cell.probe_after, 0.6);
    } else if (cell.alpha == 2) {
      EXPECT_GT(*cell.probe_after, 0.6);
    }
  }
  EXPECT_EQ(result->off_draws.own_words.size(), result->spec.random);
  EXPECT_LT(*result->off_draws.own_words_p_one_sided, 0.1);
}

TEST(Concept, TestsAnEarlierFit) {
  ConceptSpec spec = him_her();
  spec.layers = "0";
  spec.alphas = {1};
  const auto fitted = run_concept(baker(), spec, {});
  ASSERT_TRUE(fitted) << fitted.error().message;
  const TemporaryFolder folder;
  spec.basis_file = (folder.path() / "basis.safetensors").string();
  ASSERT_TRUE(write_basis_file(concept_bases(*fitted), spec.basis_file));
  const auto again = run_concept(baker(), spec, {});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->layers[0].cells[0].report.own_words.mean,
            fitted->layers[0].cells[0].report.own_words.mean);
  spec.layers = "1";
  EXPECT_FALSE(run_concept(baker(), spec, {}));
}

TEST(Concept, RefusesWhatItCannotDo) {
  const auto refused = [](const ConceptSpec& spec) {
    const auto result = run_concept(baker(), spec, {});
    return result ? std::string() : result.error().message;
  };
  ConceptSpec spec = him_her();
  spec.method = "svd";
  EXPECT_THAT(refused(spec), HasSubstr("diff-means, leace"));
  spec = him_her();
  spec.alphas = {0};
  EXPECT_THAT(refused(spec), HasSubstr("above 0"));
  spec = him_her();
  spec.max_damage = -1;
  EXPECT_THAT(refused(spec), HasSubstr("max damage"));
  spec = him_her();
  spec.set.words = {" perplexingly"};
  EXPECT_THAT(refused(spec), HasSubstr("ingly"));
  spec = him_her();
  spec.set.with[0] = std::string(3000, 'a');
  EXPECT_THAT(refused(spec), HasSubstr("256"));
  spec = him_her();
  spec.hook = "blocks.*.mlp.hook_per";
  EXPECT_THAT(refused(spec), HasSubstr("hook_pre"));
}

}  // namespace
}  // namespace excise
