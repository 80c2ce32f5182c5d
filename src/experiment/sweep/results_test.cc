// The files of a result folder, from a result made by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "experiment/sweep/results_arrays.h"
#include "experiment/sweep/results_csv.h"
#include "experiment/sweep/results_json.h"
#include "experiment/sweep/results_writer.h"
#include "experiment/sweep/spec_toml.h"
#include "testing/made_result.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Results : public testing::Test {
 protected:
  static Model open_model(const std::string& name) {
    return Model::open(std::filesystem::path(EXCISE_SOURCE_DIR) / name).value();
  }
  static Summary summary_of(const SweepResult& result) {
    return summarize(result, Progress()).value();
  }
  json parsed(const SweepResult& result) {
    return json::parse(
        results_json(model_, result, summary_of(result), provenance_));
  }

  Model model_ = open_model("tests/golden/tiny-gpt2");
  Provenance provenance_{.program_version = "1.2.3", .model_name = "tiny"};
};

TEST_F(Results, JsonHasEverythingUnderItsName) {
  const SweepResult result = made_result(20, {0.5, 0.1}, {0.1, 0.2});
  const json file = parsed(result);
  EXPECT_EQ(file["schema"], "excise.results/2");
  const json& manifest = file["manifest"];
  EXPECT_EQ(manifest["program"]["version"], "1.2.3");
  EXPECT_EQ(manifest["spec"]["ids"], json(result.ids));
  EXPECT_EQ(manifest["model"]["name"], "tiny");
  EXPECT_EQ(manifest["text_fingerprint"].get<std::string>().size(), 16);
  const json& layer = file["layers"][1];
  EXPECT_EQ(layer["layer"], 1);
  EXPECT_EQ(layer["default_n"]["n"], 19);
  EXPECT_EQ(layer["published_n"]["df"], 19);
  EXPECT_EQ(layer["default_n"]["ci95"].size(), 2);
  EXPECT_TRUE(layer["empty_branch"]["default_n"]["t"].is_number());
  EXPECT_TRUE(layer["removed_branch"]["default_n"]["t"].is_number());
  EXPECT_EQ(layer["removed_branch"]["value_change"], 0.75);
  EXPECT_TRUE(layer["interaction"]["default_n"]["t"].is_number());
  EXPECT_EQ(layer["cells"]["cos_empty_removed"], -0.75);
  EXPECT_TRUE(layer["undone"].contains("share"));
  EXPECT_TRUE(file["headline"]["removed"]["layers_hurt"].is_array());
  EXPECT_TRUE(file["warnings"].empty());
  EXPECT_TRUE(layer["wilcoxon"]["p"].is_number());
  EXPECT_EQ(file["audit"]["non_finite"], 0);
  EXPECT_EQ(file["tokens"]["ids"].size(), 20);
}

TEST_F(Results, JsonStaysValidWithoutNumbers) {
  SweepResult result = made_result(20, {0.5, 0.1}, {});
  result.findings[0].removal.delta_logprob[3] =
      std::numeric_limits<double>::infinity();
  result.findings[0].share = std::numeric_limits<double>::quiet_NaN();
  const json file = parsed(result);
  EXPECT_TRUE(file["layers"][0]["share"].is_null());
  EXPECT_TRUE(file["layers"][0]["default_n"]["t"].is_null());
  EXPECT_TRUE(file["layers"][0]["default_n"]["ci95"].is_null());
  EXPECT_THAT(file["layers"][0]["default_n"]["reason"].get<std::string>(),
              HasSubstr("finite"));
  EXPECT_TRUE(file["layers"][0]["empty_branch"].is_null());
  EXPECT_EQ(file["audit"]["non_finite"], 1);
  EXPECT_TRUE(
      parsed(made_result(1, {0.5}, {}))["share_vs_t_default_n"]["pearson_r"]
          .is_null());
}

TEST_F(Results, ControlsAreInJsonAndArrays) {
  SweepResult result = made_result(40, {5, 0.0}, {});
  EXPECT_FALSE(parsed(result)["layers"][0].contains("controls"));
  add_made_control(Control::kNormMatched, 40, 1.0, result);
  add_made_control(Control::kRandomRank, 3, 1.0, result);
  const json file = parsed(result);
  EXPECT_EQ(file["manifest"]["spec"]["controls"]["norm-matched"], 40);
  const json& matched = file["layers"][0]["controls"]["norm-matched"];
  EXPECT_EQ(matched["repeats"], 40);
  EXPECT_EQ(matched["mean"].size(), 40);
  EXPECT_EQ(matched["t"].size(), 40);
  EXPECT_NEAR(matched["p_two_sided"].get<double>(), 2.0 / 41, 1e-12);
  EXPECT_EQ(matched["percentile"], 100);
  EXPECT_EQ(matched["standing"], "worse");
  EXPECT_GT(matched["z"].get<double>(), 5);
  EXPECT_NEAR(matched["p_max"].get<double>(), 1.0 / 41, 1e-12);
  EXPECT_TRUE(matched["q"].is_null());
  EXPECT_EQ(file["layers"][1]["controls"]["norm-matched"]["standing"],
            "less harmful");
  const json& headline = file["headline"]["controls"]["norm-matched"];
  EXPECT_EQ(headline["layers_worse"], json::array({0}));
  EXPECT_EQ(headline["layers_less_harmful"], json::array({1}));
  EXPECT_EQ(headline["repeats_for_p"], 40);
  EXPECT_NEAR(headline["chance_layers"].get<double>(), 4.0 / 41, 1e-12);
  EXPECT_EQ(file["headline"]["controls"]["random-rank"]["repeats"], 3);
  EXPECT_EQ(file["headline"]["controls"]["random-rank"]["level"], 0);
  const std::string summary = file["summary"];
  EXPECT_THAT(summary,
              HasSubstr("larger than nearly all of theirs in 1 of 2 layers "
                        "(0), among them in 0, and smaller than nearly all in "
                        "1 of 2 layers (1)"));
  EXPECT_THAT(summary, HasSubstr("with 3 draws no two-sided p is below 0.5"));
}

// Each cell has its own; a shuffle is described and not tested.
TEST_F(Results, ControlsOfTwoCellsStandApart) {
  SweepResult result = made_result(40, {5, 0.0}, {0, 0}, {1, 1});
  add_made_control(Control::kNormMatched, 40, 1.0, result);
  add_made_control(Control::kNeuronShuffle, 5, 1.0, result);
  add_made_control(Control::kNormMatched, 40, 3.0, result, Cell::kRemoved);
  add_made_control(Control::kNeuronShuffle, 5, 3.0, result, Cell::kRemoved);
  const json file = parsed(result);
  const json& layer = file["layers"][0];
  const json& removed = layer["removed_branch"]["controls"];
  EXPECT_EQ(layer["controls"]["norm-matched"]["standing"], "worse");
  EXPECT_EQ(removed["norm-matched"]["standing"], "less harmful");
  EXPECT_EQ(removed["norm-matched"]["edit_mean"],
            layer["removed_branch"]["default_n"]["mean"]);
  for (const char* key : {"p_two_sided", "p_max", "z", "q", "standing"})
    EXPECT_TRUE(removed["neuron-shuffle"][key].is_null()) << key;
  EXPECT_TRUE(removed["neuron-shuffle"]["percentile"].is_number());
  EXPECT_EQ(file["headline"]["removed"]["controls"]["norm-matched"]
                ["layers_less_harmful"],
            json::array({0, 1}));
  const auto place =
      std::filesystem::path(testing::TempDir()) / "excise_controls.safetensors";
  ASSERT_TRUE(result_arrays(result, summary_of(result)).write(place));
  const TensorFile arrays = TensorFile::open(place).value();
  EXPECT_NE(arrays.find("control_mean_norm_matched"), nullptr);
  EXPECT_NE(arrays.find("control_mean_norm_matched_removed"), nullptr);
  std::filesystem::remove(place);
}

TEST_F(Results, PiecesOfCharactersKeepTheFilesValid) {
  model_ = open_model("models/baker-7m");
  SweepResult result = made_result(4, {0.5}, {});
  result.ids = model_.tokenizer->encode("\xe8\x8c\xb6,\"").value();
  ASSERT_GE(result.ids.size(), 4);
  result.ids.resize(4);
  const json file = parsed(result);
  EXPECT_EQ(file["tokens"]["pieces"].size(), 4);
  const std::string table = tokens_csv(model_, result);
  EXPECT_EQ(json(table).dump(-1, ' ', false, json::error_handler_t::replace),
            json(table).dump(-1, ' ', false, json::error_handler_t::ignore));
}

TEST_F(Results, TablesHaveARowEach) {
  const SweepResult result = made_result(20, {0.5, 0.1}, {0.1, 0.2});
  const auto lines = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  const std::string layers = layers_csv(summary_of(result));
  EXPECT_EQ(lines(layers), 1 + 2 * 4);
  const auto columns =
      std::count(layers.begin(), layers.begin() + layers.find('\n'), ',');
  EXPECT_EQ(std::count(layers.begin(), layers.end(), ','),
            columns * lines(layers));
  const std::string tokens = tokens_csv(model_, result);
  EXPECT_EQ(lines(tokens), 1 + 2 * 3 * 20);
  EXPECT_THAT(tokens, HasSubstr("removed,1,19,"));
  EXPECT_THAT(tokens, HasSubstr("removal,0,0,"));
  EXPECT_THAT(tokens, HasSubstr("empty,1,19,"));
}

TEST_F(Results, FolderHoldsFiveFiles) {
  const auto place =
      std::filesystem::path(testing::TempDir()) / "excise_results_test";
  std::filesystem::remove_all(place);
  const SweepResult result = made_result(20, {0.5, 0.1}, {0.1, 0.2});
  {
    auto folder = OutputFolder::create(place, false);
    ASSERT_TRUE(folder) << folder.error().message;
    const auto text =
        write_results(*folder, model_, result, summary_of(result), provenance_);
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_FALSE(std::filesystem::exists(place));
    ASSERT_TRUE(folder->commit());
  }
  for (const char* name : {"results.json", "layers.csv", "tokens.csv"}) {
    EXPECT_TRUE(std::filesystem::exists(place / name)) << name;
  }
  const auto spec = read_spec(place / "experiment.toml");
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->ids, result.ids);
  const auto arrays = TensorFile::open(place / "arrays.safetensors");
  ASSERT_TRUE(arrays) << arrays.error().message;
  const StoredTensor* delta = arrays->find("delta_logprob");
  ASSERT_NE(delta, nullptr);
  EXPECT_EQ(delta->shape, (std::vector<size_t>{2, 20}));
  EXPECT_EQ(delta->to_double().value()(1, 5),
            result.findings[1].removal.delta_logprob[5]);
  for (const char* name : {"ids",
                           "layers",
                           "delta_logit",
                           "kl",
                           "top1_changed",
                           "drift",
                           "drift_resid_final",
                           "drift_per_token",
                           "delta_logprob_removed",
                           "drift_per_token_removed",
                           "delta_logprob_empty",
                           "delta_logit_empty",
                           "kl_empty",
                           "top1_changed_empty",
                           "drift_empty",
                           "singular_values",
                           "u0",
                           "v0",
                           "a_clean_l0",
                           "a_edited_l0",
                           "cov_before",
                           "cov_after",
                           "eig_before",
                           "eig_after",
                           "cos_clean",
                           "cos_edited",
                           "state_norm"}) {
    EXPECT_NE(arrays->find(name), nullptr) << name;
  }
  std::filesystem::remove_all(place);
}

TEST(HasEmptyBranch, WhereMeasuredOrExactlyZero) {
  SweepResult result = made_result(5, {0.1}, {0.2});
  EXPECT_TRUE(has_empty_branch(result));
  result = made_result(5, {0.1}, {});
  EXPECT_FALSE(has_empty_branch(result));
  result.removal = {Mean::kNeuron, Mean::kNeuron};
  EXPECT_TRUE(has_empty_branch(result));
}

}  // namespace
}  // namespace excise
