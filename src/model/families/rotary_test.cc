// Rotary positions as each family's config.json has them: values of
// Transformers 5, also of files that older versions wrote.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "testing/family_configs.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(RotaryConfigTest, RopeScalingReplacesRopeParametersWhole) {
  const json scaling = {{"type", "linear"}, {"factor", 4}};
  const json parameters = {{"rope_type", "default"}, {"rope_theta", 222}};
  // Its theta is lost.
  EXPECT_DOUBLE_EQ(
      frequencies(config_of(llama({{"rope_scaling", scaling},
                                   {"rope_parameters", parameters}})),
                  0)[1],
      0.1 / 4);
  // The one within counts more than the one beside it.
  EXPECT_DOUBLE_EQ(
      frequencies(config_of(llama(
                      {{"rope_theta", 111}, {"rope_parameters", parameters}})),
                  0)[2],
      1 / std::sqrt(222.0));
  EXPECT_DOUBLE_EQ(
      frequencies(config_of(llama(
                      {{"rope_theta", 111}, {"rope_scaling", json::object()}})),
                  0)[2],
      1 / std::sqrt(111.0));
}

TEST(RotaryConfigTest, RopeTypeCountsMoreThanType) {
  const json both = {
      {"type", "linear"}, {"rope_type", "dynamic"}, {"factor", 4}};
  EXPECT_DOUBLE_EQ(
      frequencies(config_of(llama({{"rope_scaling", both}})), 0)[1], 0.1);
}

TEST(RotaryConfigTest, OldAndNewFilesMeanTheSame) {
  json scaling = {{"rope_type", "llama3"},
                  {"factor", 8},
                  {"low_freq_factor", 1},
                  {"high_freq_factor", 4},
                  {"original_max_position_embeddings", 32}};
  const auto old =
      config_of(llama({{"rope_theta", 500}, {"rope_scaling", scaling}}));
  scaling["rope_theta"] = 500;
  const auto young = config_of(llama({{"rope_parameters", scaling}}));
  EXPECT_EQ(frequencies(old, 3), frequencies(young, 3));
  EXPECT_EQ(old.identity, young.identity);
}

// traps-families, A 13: theta 5e5, heads of 128, factor 8.
TEST(RotaryConfigTest, Llama3DividesLongWaves) {
  json config = llama({{"head_dim", 128},
                       {"rope_theta", 5e5},
                       {"max_position_embeddings", 131072}});
  const auto plain = frequencies(config_of(config), 0);
  config["rope_scaling"] = {{"rope_type", "llama3"},
                            {"factor", 8},
                            {"low_freq_factor", 1},
                            {"high_freq_factor", 4},
                            {"original_max_position_embeddings", 8192}};
  const auto scaled = frequencies(config_of(config), 0);
  const std::vector<double> divisors = {1,      1.2075, 1.5534, 2.0263, 2.6945,
                                        3.6843, 5.2573, 8,      8};
  for (size_t i = 0; i < divisors.size(); ++i)
    EXPECT_NEAR(plain[28 + i] / scaled[28 + i], divisors[i], 1e-4) << i;
}

json yarn(const json& more) {
  json scaling = {{"rope_type", "yarn"},
                  {"factor", 4},
                  {"original_max_position_embeddings", 1024}};
  scaling.update(more);
  return llama({{"head_dim", 128},
                {"max_position_embeddings", 4096},
                {"rope_scaling", scaling}});
}

TEST(RotaryConfigTest, YarnsMagnitude) {
  const auto magnitude = [](const json& more) {
    return config_of(yarn(more)).architecture.rotaries[0].magnitude;
  };
  EXPECT_NEAR(magnitude(json::object()), 1.1386294, 1e-7);
  EXPECT_EQ(magnitude({{"attention_factor", 1.0}}), 1);
  EXPECT_EQ(magnitude({{"mscale", 1}, {"mscale_all_dim", 1}}), 1);
  EXPECT_NEAR(magnitude({{"mscale", 0.707}}), 1.1386294, 1e-7);
  EXPECT_NEAR(magnitude({{"mscale", 0.707}, {"mscale_all_dim", 1}}), 0.9643269,
              1e-7);
}

TEST(RotaryConfigTest, YarnsFrequencies) {
  const auto at = [](const json& more, size_t i) {
    return frequencies(config_of(yarn(more)), 0)[i];
  };
  EXPECT_NEAR(at(json::object(), 25), 0.0158828, 1e-7);
  EXPECT_NEAR(at(json::object(), 30), 0.0057341, 1e-7);
  EXPECT_NEAR(at({{"truncate", false}}, 25), 0.0157103, 1e-7);
  EXPECT_NEAR(at({{"truncate", false}}, 30), 0.0055739, 1e-7);
  // 0 and null are as good as absent.
  EXPECT_EQ(at({{"beta_fast", 0}, {"beta_slow", nullptr}}, 25),
            at(json::object(), 25));
}

// traps-families, A 3: heads of 64, 32 within and 16 beside it.
TEST(RotaryConfigTest, TheOriginalLengthBesideCountsMore) {
  json config = llama({{"head_dim", 64},
                       {"max_position_embeddings", 128},
                       {"rope_scaling",
                        {{"rope_type", "yarn"},
                         {"factor", 4},
                         {"original_max_position_embeddings", 32}}}});
  EXPECT_NEAR(frequencies(config_of(config), 0)[2], 0.421756, 1e-6);
  config["original_max_position_embeddings"] = 16;
  EXPECT_NEAR(frequencies(config_of(config), 0)[2], 0.351463, 1e-6);
}

TEST(RotaryConfigTest, LongropeHasTwoSets) {
  json config = of("phi3", {{"max_position_embeddings", 64},
                            {"original_max_position_embeddings", 16},
                            {"rope_scaling",
                             {{"type", "su"},
                              {"short_factor", {1, 1, 1, 1}},
                              {"long_factor", {8, 8, 8, 8}}}}});
  for (const char* type : {"su", "yarn", "longrope"}) {
    config["rope_scaling"]["type"] = type;
    const Rotary rotary = config_of(config).architecture.rotaries[0];
    EXPECT_EQ(rotary.inverse_frequencies[0], 1);
    EXPECT_EQ(rotary.long_inverse_frequencies[0], 0.125);
    EXPECT_EQ(rotary.long_beyond, 16U);
    EXPECT_NEAR(rotary.magnitude, 1.2247449, 1e-7);
  }
  config["rope_scaling"]["long_factor"] = {8, 8};
  expect_error(config, ErrorCode::kBadFile, "a list of 4 positive numbers");
}

TEST(RotaryConfigTest, PartsOfAHeadByFamily) {
  const auto turning = [](const json& config) {
    return 2 * config_of(config)
                   .architecture.rotaries[0]
                   .inverse_frequencies.size();
  };
  const json wide = {{"hidden_size", 64}};  // heads of 32
  EXPECT_EQ(turning(of("gpt_neox", wide)), 8U);
  EXPECT_EQ(turning(of("phi", wide)), 16U);
  EXPECT_EQ(turning(of("stablelm", wide)), 8U);
  EXPECT_EQ(turning(of("phi3", wide)), 32U);
  json neox = of("gpt_neox", wide);
  neox["rotary_pct"] = 0.5;
  neox["rotary_emb_base"] = 100;
  // Nobody reads these two there.
  neox["partial_rotary_factor"] = 1.0;
  neox["rope_theta"] = 7.0;
  const auto config = config_of(neox);
  EXPECT_EQ(frequencies(config, 0).size(), 8U);
  EXPECT_DOUBLE_EQ(frequencies(config, 0)[4], 0.1);
  EXPECT_EQ(config.notes.size(), 3U);  // and num_key_value_heads
  // Pairs are halves of what turns, or neighbours in GPT-J.
  json gptj = {
      {"model_type", "gptj"}, {"n_embd", 128}, {"n_head", 1}, {"n_layer", 1}};
  EXPECT_EQ(turning(gptj), 64U);
  EXPECT_EQ(config_of(gptj).architecture.rotaries[0].pairs,
            RotaryPairs::kAdjacent);
}

TEST(RotaryConfigTest, KindsOfLayersTurnByTheirOwn) {
  // Gemma 3's older files: rope_scaling is of the layers without a window.
  json gemma = of("gemma3_text",
                  {{"head_dim", 8},
                   {"sliding_window_pattern", 2},
                   {"rope_theta", 1e6},
                   {"rope_local_base_freq", 1e4},
                   {"rope_scaling", {{"rope_type", "linear"}, {"factor", 8}}}});
  const auto config = config_of(gemma);
  EXPECT_NEAR(frequencies(config, 0)[1], 0.1, 1e-12);
  EXPECT_NEAR(frequencies(config, 1)[1], 0.0316228 / 8, 1e-8);
  EXPECT_EQ(config.architecture.attention[0].window, 4096U);
  EXPECT_EQ(config.architecture.attention[1].window, 0U);
  // Transformers takes no notice of what is not by kind.
  gemma["rope_parameters"] = {
      {"rope_type", "linear"}, {"factor", 8}, {"rope_theta", 100}};
  expect_error(gemma, ErrorCode::kUnsupported, "sliding_attention");
  // OLMo 3: rope_theta is of the layers without a window, and one is told.
  const auto olmo = config_of(of("olmo3", {{"rope_theta", 1e4}}));
  EXPECT_NEAR(frequencies(olmo, 0)[1], 0.0376060, 1e-7);
  EXPECT_NEAR(frequencies(olmo, 3)[1], 0.1, 1e-12);
  ASSERT_EQ(olmo.notes.size(), 1U);
  EXPECT_THAT(olmo.notes[0], HasSubstr("rope_theta"));
}

TEST(RotaryConfigTest, BadParametersAreNamed) {
  const auto with = [](const json& scaling) {
    return llama({{"rope_scaling", scaling}});
  };
  expect_error(with({{"rope_type", "linear"}}), ErrorCode::kBadFile,
               "rope_scaling.factor");
  expect_error(with({{"rope_type", "linear"}, {"factor", -1}}),
               ErrorCode::kBadFile, "rope_scaling.factor");
  expect_error(with({{"rope_type", "spiral"}}), ErrorCode::kUnsupported,
               "spiral");
  expect_error(with({{"rope_type", 3}}), ErrorCode::kBadFile, "rope_type");
  expect_error(with(json::array({1})), ErrorCode::kBadFile, "an object");
  expect_error(with({{"mrope_section", {1, 2, 3}}}), ErrorCode::kUnsupported,
               "mrope_section");
  expect_error(with({{"rope_type", "llama3"}, {"factor", 8}}),
               ErrorCode::kBadFile, "low_freq_factor");
  expect_error(llama({{"head_dim", 7}}), ErrorCode::kBadFile, "even number");
}

}  // namespace
}  // namespace excise
