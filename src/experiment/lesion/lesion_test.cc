// t-lesions against the reference, and against what they must be.
#include "experiment/lesion/lesion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "experiment/lesion/lesion_tests.h"
#include "io/safetensors.h"
#include "testing/bundled_model.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string golden_path(const std::string& name) {
  return std::string(EXCISE_SOURCE_DIR) + "/tests/golden/" + name;
}

LesionSpec him_and_her() {
  std::ifstream file(golden_path("pairs_him_her.tsv"));
  std::stringstream text;
  text << file.rdbuf();
  LesionSpec spec;
  spec.pairs = parse_pairs(text.str(), "pairs_him_her.tsv").value();
  spec.tests = {
      "Robert helped Lucy with her project, and she thanked him for his hard "
      "work."};
  spec.random = 0;
  return spec;
}

json read_json(const std::string& name) {
  std::ifstream file(golden_path(name));
  return json::parse(file);
}

void expect_logits(const LesionResult& result, const json& reference) {
  const json atol = read_json("tolerances.json")["tlesion_baker.json"];
  for (const LayerLesion& layer : result.lesions) {
    for (const json& one : reference["layers"][layer.groups.layer]["lesion"]) {
      const size_t test = one["position"] == 5 ? 0 : 1;
      const GroupLesion& group =
          one["zeroed"] == "first" ? layer.first : layer.second;
      const WordPair& clean = result.tests[test].clean;
      EXPECT_NEAR(clean[0].logit - group.delta[test][0].logit,
                  one["logits"]["him"],
                  atol["layers/lesion/logits/him"]["atol"]);
      EXPECT_NEAR(clean[1].logit - group.delta[test][1].logit,
                  one["logits"]["her"],
                  atol["layers/lesion/logits/her"]["atol"]);
    }
  }
}

TEST(Lesion, EqualsTheReference) {
  const auto result = run_lesion(baker(), him_and_her(), {});
  ASSERT_TRUE(result) << result.error().message;
  const json reference = read_json("tlesion_baker.json");
  ASSERT_EQ(result->tests.size(), 2U);
  EXPECT_EQ(result->tests[0].position, 5U);
  EXPECT_EQ(result->tests[0].before, " her");
  EXPECT_EQ(result->tests[1].position, 11U);
  EXPECT_EQ(result->tests[0].words[0], reference["him_id"]);
  EXPECT_EQ(result->tests[0].words[1], reference["her_id"]);
  const TensorFile arrays =
      TensorFile::open(golden_path("tlesion_baker.safetensors")).value();
  const Matrix<double> t = arrays.find("t")->to_double().value();
  const double atol =
      read_json("tolerances.json")["tlesion_baker.safetensors"]["t"]["atol"];
  for (const LayerLesion& layer : result->lesions) {
    const json& expected = reference["layers"][layer.groups.layer];
    EXPECT_EQ(layer.groups.first, expected["first"].get<std::vector<size_t>>());
    EXPECT_EQ(layer.groups.second,
              expected["second"].get<std::vector<size_t>>());
    for (size_t j = 0; j < layer.groups.t.size(); ++j) {
      EXPECT_NEAR(layer.groups.t[j], t(layer.groups.layer, j), atol);
    }
  }
  expect_logits(*result, reference);
}

TEST(Lesion, TheOracleAgrees) {
  LesionSpec spec = him_and_her();
  spec.layers = "3";
  spec.random = 1;
  const auto fast = run_lesion(baker(), spec, {});
  spec.executor = Executor::kNaive;
  const auto naive = run_lesion(baker(), spec, {});
  ASSERT_TRUE(fast && naive);
  expect_logits(*naive, read_json("tlesion_baker.json"));
  EXPECT_NEAR(fast->lesions[0].first.random_selective_loss[0],
              naive->lesions[0].first.random_selective_loss[0], 1e-4);
}

TEST(Lesion, HeldOutPairsAreNotFittedOn) {
  LesionSpec spec = him_and_her();
  spec.tests.clear();
  spec.hold_out = 0.25;
  spec.layers = "0,6";
  spec.random = 4;
  const auto result = run_lesion(baker(), spec, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->held_out.size(), 14U);
  EXPECT_EQ(result->fitted.size(), 40U);
  std::vector<size_t> all = result->fitted;
  all.insert(all.end(), result->held_out.begin(), result->held_out.end());
  std::ranges::sort(all);
  EXPECT_EQ(std::ranges::unique(all).begin(), all.end());
  EXPECT_LE(result->tests.size(), 14U);
  for (const LayerLesion& layer : result->lesions) {
    for (const GroupLesion* group : {&layer.first, &layer.second}) {
      const size_t own = group == &layer.first ? 0 : 1;
      double loss = 0;
      for (const WordPair& delta : group->delta) {
        loss += delta[own].logit - delta[1 - own].logit;
      }
      EXPECT_NEAR(*group->selective_loss.mean,
                  loss / static_cast<double>(result->tests.size()), 1e-12);
      const auto reach = std::ranges::count_if(
          group->random_selective_loss,
          [&](double d) { return d >= *group->selective_loss.mean; });
      EXPECT_DOUBLE_EQ(*group->random_p_one_sided,
                       static_cast<double>(reach + 1) / 5);
    }
  }
  EXPECT_NE(split_pairs(54, 0.25, 1).held_out, result->held_out);
}

TEST(Lesion, WithoutNeuronsNothingChanges) {
  LesionSpec spec = him_and_her();
  spec.layers = "5";
  spec.q = 1e-300;
  spec.random = 2;
  const auto result = run_lesion(baker(), spec, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->lesions[0].first.zeroed, 0U);
  EXPECT_EQ(result->lesions[0].first.mean_abs_delta_logit, 0);
  EXPECT_EQ(result->lesions[0].first.random_p_one_sided, std::nullopt);
}

std::string refused(const LesionSpec& spec) {
  const auto result = run_lesion(baker(), spec, {});
  return result ? "" : result.error().message;
}

TEST(Lesion, RefusesWhatCannotBeTested) {
  LesionSpec spec = him_and_her();
  spec.tests = {"Nobody is here."};
  EXPECT_THAT(refused(spec), HasSubstr("\" him\""));
  spec = him_and_her();
  spec.positions = {99};
  EXPECT_THAT(refused(spec), HasSubstr("--position"));
  spec = him_and_her();
  spec.pairs.pairs.resize(1);
  EXPECT_THAT(refused(spec), HasSubstr("at least 2"));
  spec = him_and_her();
  spec.pairs.second_word = "perplexingly";
  EXPECT_THAT(refused(spec), HasSubstr("--first-token"));
  spec.pairs.second_word = "him";
  EXPECT_THAT(refused(spec), HasSubstr("differ in their first token"));
}

}  // namespace
}  // namespace excise
