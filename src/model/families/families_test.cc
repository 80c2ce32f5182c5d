// How each family reads its config.json: values as Transformers 5 gives them,
// also of files that older versions wrote.
#include "model/families/families.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/families/not_built.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

Result<ModelConfig> parsed(const json& config) {
  return parse_config(config.dump(), "config.json");
}

ModelConfig config_of(const json& config) {
  const auto result = parsed(config);
  EXPECT_TRUE(result) << result.error().message;
  return result.value_or(ModelConfig());
}

// A Llama with heads of 8: pairs by theta to 0, -1/4, -1/2, -3/4.
json llama(const json& more) {
  json config = {{"model_type", "llama"},    {"hidden_size", 16},
                 {"num_attention_heads", 2}, {"num_hidden_layers", 4},
                 {"intermediate_size", 24},  {"vocab_size", 32},
                 {"num_key_value_heads", 2}, {"max_position_embeddings", 64}};
  config.update(more);
  return config;
}

json of(const char* type, const json& more = json::object()) {
  json config = llama(more);
  config["model_type"] = type;
  if (config["model_type"] == "gptj") config["rotary_dim"] = 4;
  return config;
}

std::vector<double> frequencies(const ModelConfig& config, size_t layer) {
  const Architecture& a = config.architecture;
  return a.rotaries[*a.attention[layer].rotary].inverse_frequencies;
}

void expect_error(const json& config, ErrorCode code, const char* text) {
  const auto result = parsed(config);
  ASSERT_FALSE(result) << text;
  EXPECT_EQ(result.error().code, code) << result.error().message;
  EXPECT_THAT(result.error().message, HasSubstr(text));
}

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

TEST(FamilyConfigTest, HeadsAreTiedWhereTheFamilysAre) {
  for (const char* type : {"gemma", "gemma2", "gemma3_text", "smollm3",
                           "starcoder2", "gpt_neo", "opt"}) {
    json config = of(type);
    config["attention_types"] = json::parse(R"([[["global", "local"], 2]])");
    EXPECT_TRUE(config_of(config).tie_word_embeddings) << type;
  }
  for (const char* type :
       {"gpt_neox", "gptj", "llama", "mistral", "qwen2", "qwen3", "olmo2",
        "olmo3", "phi", "phi3", "stablelm", "granite", "ministral3"}) {
    EXPECT_FALSE(config_of(of(type)).tie_word_embeddings) << type;
  }
}

TEST(FamilyConfigTest, EpsilonByItsKeyAndDefault) {
  const auto epsilon = [](const json& config) {
    return config_of(config).architecture.norm_epsilon;
  };
  for (const char* type : {"llama", "mistral", "qwen2", "qwen3", "gemma",
                           "gemma2", "gemma3_text", "granite", "smollm3"})
    EXPECT_EQ(epsilon(of(type)), 1e-6F) << type;
  for (const char* type : {"olmo2", "olmo3", "phi3", "ministral3", "gpt_neox",
                           "phi", "stablelm", "starcoder2", "gptj", "opt"})
    EXPECT_EQ(epsilon(of(type)), 1e-5F) << type;
  EXPECT_EQ(epsilon(of("phi", {{"layer_norm_eps", 0.5}})), 0.5F);
  EXPECT_EQ(epsilon(of("starcoder2", {{"norm_epsilon", 0.5}})), 0.5F);
  EXPECT_EQ(epsilon(of("gptj", {{"layer_norm_epsilon", 0.5}})), 0.5F);
}

std::vector<size_t> windows(const ModelConfig& config) {
  std::vector<size_t> windows;
  for (const LayerAttention& layer : config.architecture.attention)
    windows.push_back(layer.window);
  return windows;
}

TEST(FamilyConfigTest, WindowsOfLayers) {
  EXPECT_THAT(windows(config_of(of("mistral"))),
              ElementsAre(4096, 4096, 4096, 4096));
  EXPECT_THAT(windows(config_of(of("mistral", {{"sliding_window", nullptr}}))),
              ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(windows(config_of(of("phi3"))), ElementsAre(0, 0, 0, 0));
  json qwen = of("qwen2", {{"sliding_window", 8}, {"max_window_layers", 2}});
  EXPECT_THAT(windows(config_of(qwen)), ElementsAre(0, 0, 0, 0));
  qwen["use_sliding_window"] = true;
  EXPECT_THAT(windows(config_of(qwen)), ElementsAre(0, 0, 8, 8));
  qwen["layer_types"] = {"sliding_attention", "full_attention",
                         "full_attention", "full_attention"};
  EXPECT_THAT(windows(config_of(qwen)), ElementsAre(8, 0, 0, 0));
  qwen["use_sliding_window"] = false;
  expect_error(qwen, ErrorCode::kBadFile, "use_sliding_window");
  qwen["layer_types"] = {"full_attention"};
  expect_error(qwen, ErrorCode::kBadFile, "a list of 4");
  qwen["layer_types"] = {"linear_attention", "full_attention", "full_attention",
                         "full_attention"};
  expect_error(qwen, ErrorCode::kUnsupported, "linear_attention");
  EXPECT_THAT(windows(config_of(of("gemma2", {{"sliding_window", 8}}))),
              ElementsAre(8, 0, 8, 0));
  EXPECT_THAT(
      windows(config_of(of(
          "gpt_neo", {{"window_size", 8},
                      {"attention_types",
                       json::parse(R"([[["global"], 1], [["local"], 3]])")}}))),
      ElementsAre(0, 8, 8, 8));
  expect_error(of("gpt_neo"), ErrorCode::kBadFile, "make 4 layers");
}

TEST(FamilyConfigTest, NoRopeLayersAreThoseThatTurn) {
  const auto turns = [](const json& more) {
    std::vector<bool> turning;
    for (const LayerAttention& layer :
         config_of(of("smollm3", more)).architecture.attention)
      turning.push_back(layer.rotary.has_value());
    return turning;
  };
  EXPECT_THAT(turns(json::object()), ElementsAre(true, true, true, false));
  EXPECT_THAT(turns({{"no_rope_layers", {0, 1, 0, 0}}}),
              ElementsAre(false, true, false, false));
  expect_error(of("smollm3", {{"no_rope_layers", json::array()}}),
               ErrorCode::kBadFile, "a list of 4");
}

TEST(FamilyConfigTest, ScoresAndCaps) {
  const auto first = [](const json& config) {
    return config_of(config).architecture.attention[0];
  };
  EXPECT_EQ(first(of("gemma2")).scale, 1.0F / 16);
  EXPECT_EQ(first(of("gemma2")).cap, 50);
  EXPECT_EQ(first(of("gemma2", {{"attn_logit_softcapping", nullptr}})).cap, 0);
  EXPECT_EQ(config_of(of("gemma2")).architecture.head.cap, 30);
  // Gemma 3 does not read the one, and has the other only where it stands.
  const auto gemma3 =
      config_of(of("gemma3_text", {{"attn_logit_softcapping", 5}}));
  EXPECT_EQ(gemma3.architecture.attention[0].cap, 0);
  EXPECT_EQ(gemma3.architecture.head.cap, 0);
  EXPECT_TRUE(gemma3.notes.empty());
  EXPECT_EQ(first(of("granite")).scale, 1);
  json neo = of("gpt_neo");
  neo["attention_types"] = json::parse(R"([[["global", "local"], 2]])");
  EXPECT_EQ(first(neo).scale, 1);
}

TEST(FamilyConfigTest, GemmasGeluIsTheOther) {
  EXPECT_EQ(
      config_of(of("gemma", {{"hidden_act", "gelu"}})).architecture.activation,
      Activation::kGeluTanh);
  EXPECT_EQ(
      config_of(of("gemma2", {{"hidden_act", "relu"}})).architecture.activation,
      Activation::kGeluTanh);
  EXPECT_EQ(config_of(of("gpt_neox")).architecture.activation,
            Activation::kGelu);
  EXPECT_EQ(config_of(of("opt")).architecture.activation, Activation::kRelu);
}

TEST(FamilyConfigTest, BiasesByFamily) {
  const auto biases = [](const json& config) {
    return config_of(config).architecture.biases;
  };
  EXPECT_TRUE(biases(of("qwen2")).qkv);
  EXPECT_FALSE(biases(of("qwen2")).attn_out);
  EXPECT_FALSE(biases(of("gptj")).qkv);
  EXPECT_TRUE(biases(of("gptj")).head);
  EXPECT_TRUE(biases(of("phi")).head);
  EXPECT_TRUE(biases(of("starcoder2")).mlp_in);
  const Biases stablelm = biases(of("stablelm", {{"use_qkv_bias", true}}));
  EXPECT_TRUE(stablelm.qkv);
  EXPECT_FALSE(stablelm.attn_out);
  EXPECT_TRUE(stablelm.norm);
  const Biases both =
      biases(llama({{"attention_bias", true}, {"mlp_bias", true}}));
  EXPECT_TRUE(both.attn_out);
  EXPECT_TRUE(both.mlp_out);
}

TEST(FamilyConfigTest, WhatIsNotBuiltIsRefusedByName) {
  expect_error(of("opt", {{"do_layer_norm_before", false}}),
               ErrorCode::kUnsupported, "do_layer_norm_before");
  expect_error(of("opt", {{"word_embed_proj_dim", 8}}), ErrorCode::kUnsupported,
               "word_embed_proj_dim");
  expect_error(of("stablelm", {{"qk_layernorm", true}}),
               ErrorCode::kUnsupported, "qk_layernorm");
  expect_error(of("gemma", {{"use_bidirectional_attention", true}}),
               ErrorCode::kUnsupported, "use_bidirectional_attention");
  expect_error(of("llama", {{"hidden_act", "quick_gelu"}}),
               ErrorCode::kUnsupported, "hidden_act");
  expect_error(of("qwen3_moe"), ErrorCode::kUnsupported, "mixture of experts");
  expect_error(of("qwen3_5"), ErrorCode::kUnsupported, "linear attention");
  expect_error(of("gemma4"), ErrorCode::kUnsupported, "share keys");
  expect_error(of("gemma3"), ErrorCode::kUnsupported, "text model");
  expect_error(of("something"), ErrorCode::kUnsupported, "gpt_neox");
}

TEST(FamilyConfigTest, SizesThatDoNotFitAreNamed) {
  expect_error(llama({{"num_key_value_heads", 3}}), ErrorCode::kBadFile,
               "num_key_value_heads");
  expect_error(llama({{"hidden_size", 15}}), ErrorCode::kBadFile,
               "hidden_size");
  expect_error(llama({{"num_hidden_layers", 0}}), ErrorCode::kBadFile,
               "num_hidden_layers");
  expect_error(llama({{"head_dim", "x"}}), ErrorCode::kBadFile, "head_dim");
  for (const Family* family : all_families()) {
    EXPECT_TRUE(why_not_built(family->model_type).empty())
        << family->model_type;
  }
}

}  // namespace
}  // namespace excise
