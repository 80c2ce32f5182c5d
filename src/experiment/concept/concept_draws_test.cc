#include "experiment/concept/concept_draws.h"

#include <gtest/gtest.h>

#include <cmath>

#include "math/linalg/product.h"
#include "testing/bundled_model.h"
#include "testing/calibration_tally.h"
#include "testing/made_concept.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

LinearParts made_parts(Random& random) {
  LinearParts parts;
  parts.basis = "leace";
  parts.op = {Mean::kNeuron, Mean::kNeuron};
  parts.mean.assign(8, 0.5);
  parts.atoms = Matrix<double>(2, 8);
  parts.filters = Matrix<double>(2, 8);
  parts.class_codes = Matrix<double>(2, 2);
  for (auto* matrix : {&parts.atoms, &parts.filters, &parts.class_codes}) {
    for (double& value : matrix->values()) value = random.normal();
  }
  return parts;
}

TEST(ConceptDrawsTest, KeepTheSizeOfEveryTokensChange) {
  Random random(7);
  const LinearParts parts = made_parts(random);
  Matrix<float> a(6, 8);
  for (float& value : a.values()) value = static_cast<float>(random.normal());
  const LinearBasis basis([&] {
    Random same(7);
    return made_parts(same);
  }());
  const ActivationSpace space = activation_space(basis, a).value();
  const auto drawn = with_random_atoms(parts, space, random).value();
  for (const auto way : {ConceptSwitch::kOff, ConceptSwitch::kOn}) {
    Matrix<float> real(6, 8), other(6, 8);
    ASSERT_TRUE(concept_change({0, &basis, way, 2}, Positions(), a, real));
    ASSERT_TRUE(
        concept_change({0, drawn.get(), way, 2}, Positions(), a, other));
    for (size_t t = 0; t < 6; ++t) {
      for (size_t u = 0; u < 6; ++u) {
        double one = 0, two = 0;
        for (size_t j = 0; j < 8; ++j) {
          one += double{real(t, j)} * real(u, j);
          two += double{other(t, j)} * other(u, j);
        }
        EXPECT_NEAR(one, two, 1e-4 * (1 + std::abs(one)));
      }
    }
    EXPECT_GT(std::abs(real(0, 0) - other(0, 0)), 1e-3);
  }
}

TEST(ConceptDrawsTest, PsNameTheirSides) {
  ConceptEffect real{made_mean(1, 0), made_mean(0, 0), made_mean(0, 0)};
  std::vector<ConceptEffect> draws(39, real);
  for (ConceptEffect& draw : draws) draw.own_words.mean = 0;
  const ConceptDraws off = judge_draws(real, ConceptSwitch::kOff, draws);
  EXPECT_DOUBLE_EQ(*off.own_words_p_one_sided, 1.0 / 40);
  EXPECT_DOUBLE_EQ(*off.control_text_p_two_sided, 1);
  EXPECT_DOUBLE_EQ(
      *judge_draws(real, ConceptSwitch::kOn, draws).own_words_p_one_sided, 1);
}

// A concept that is itself a random draw: its p is uniform where layer and
// alpha are named beforehand. EXCISE_CALIBRATION_RUNS sets how many are drawn.
TEST(ConceptCalibration, RandomConceptAmongRandomConcepts) {
  ConceptSpec spec;
  spec.set = read_concept(std::string(EXCISE_SOURCE_DIR) +
                          "/experiments/concepts/him-her.toml")
                 .value();
  spec.layers = "3";
  spec.threads = 1;  // more cost more than they gain in texts this short
  spec.alphas = {1};
  spec.random = 0;
  spec.sample_tokens = 0;
  const auto fitted = run_concept(baker(), spec, {});
  ASSERT_TRUE(fitted) << fitted.error().message;
  const TemporaryFolder folder;
  spec.basis_file = (folder.path() / "basis.safetensors").string();
  spec.random = 9;
  const LinearParts& parts = *linear_parts(*fitted->layers[0].basis);
  const auto words = encode_concept(baker(), spec.set).value();
  const auto sites =
      find_hooks("blocks.3.mlp.hook_pre", baker().config).value();
  const auto tokens =
      collect_tokens(baker(), words.texts, sites, true, {}).value();
  const ActivationSpace space =
      activation_space(*fitted->layers[0].basis, tokens[0].values).value();
  CalibrationTally tally(spec.random);
  for (uint64_t i = 0; i < calibration_runs(4); ++i) {
    Random random(100 + i);
    BasisSet bases = concept_bases(*fitted);
    bases.hooks[0].second = with_random_atoms(parts, space, random).value();
    ASSERT_TRUE(write_basis_file(bases, spec.basis_file));
    spec.seed = i;
    const auto result = run_concept(baker(), spec, {});
    ASSERT_TRUE(result) << result.error().message;
    ASSERT_TRUE(result->off_draws.own_words_p_one_sided);
    tally.add(*result->off_draws.own_words_p_one_sided);
    std::error_code ignored;
    std::filesystem::remove(spec.basis_file, ignored);
  }
  tally.expect_calibrated({1, 2, 5, 8}, "random concepts");
}

}  // namespace
}  // namespace excise
