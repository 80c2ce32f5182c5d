// How each family reads its config.json: values as Transformers 5 gives them,
// also of files that older versions wrote.
#include "model/families/families.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/families/not_built.h"
#include "testing/family_configs.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::ElementsAre;

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
