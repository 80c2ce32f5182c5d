#include "experiment/concept/concept_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiment/bundled_model.h"
#include "experiment/concept/concept_effects.h"
#include "intervention/linear_basis.h"
#include "io/temporary_folder.h"

namespace excise {
namespace {

using testing::HasSubstr;

ConceptSpec him_her() {
  ConceptSpec spec;
  spec.set = read_concept(std::string(EXCISE_SOURCE_DIR) +
                          "/experiments/concepts/him-her.toml")
                 .value();
  spec.layers = "0,11";
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
  ASSERT_TRUE(
      concept_change(basis, ConceptSwitch::kOff, 0.5, but_first, value, delta));
  // The code of the other is 5 - 1.
  EXPECT_EQ(delta(0, 0), 0);
  EXPECT_FLOAT_EQ(delta(1, 0), -2);
  EXPECT_FLOAT_EQ(delta(1, 1), 0);
  ASSERT_TRUE(
      concept_change(basis, ConceptSwitch::kOn, 2, but_first, value, delta));
  EXPECT_EQ(delta(0, 0), 0);
  EXPECT_FLOAT_EQ(delta(1, 0), 6);
}

TEST(Concept, SwitchesOffAndOnAtTheChosenLayer) {
  const auto result = run_concept(baker(), him_her(), {});
  ASSERT_TRUE(result) << result.error().message;
  const LayerConcept& layer = result->layer_of(result->off);
  EXPECT_EQ(layer.layer, 0U);
  EXPECT_GT(result->cell_of(result->off).report.own_words, 0.2);
  EXPECT_LT(result->cell_of(result->on).report.own_words, -0.2);
  EXPECT_LT(std::abs(result->cell_of(result->off).report.control_text), 0.1);
  EXPECT_GT(layer.probe_before, 0.6);
  EXPECT_LT(layer.probe_after, 0.6);
  for (const LayerConcept& one : result->layers) {
    for (const ConceptCell& cell : one.cells) {
      const double chosen =
          cell.way == ConceptSwitch::kOff
              ? result->cell_of(result->off).choose.selectivity
              : result->cell_of(result->on).choose.selectivity;
      EXPECT_LE(cell.choose.selectivity, chosen);
    }
  }
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
  EXPECT_EQ(again->layers[0].cells[0].report.own_words,
            fitted->layers[0].cells[0].report.own_words);
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
