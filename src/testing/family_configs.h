// Configs of small models of any family, for tests of how they are read.
#ifndef EXCISE_TESTING_FAMILY_CONFIGS_H_
#define EXCISE_TESTING_FAMILY_CONFIGS_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "model/families/families.h"

namespace excise {

inline Result<ModelConfig> parsed(const nlohmann::json& config) {
  return parse_config(config.dump(), "config.json");
}

inline ModelConfig config_of(const nlohmann::json& config) {
  const auto result = parsed(config);
  EXPECT_TRUE(result) << result.error().message;
  return result.value_or(ModelConfig());
}

// A Llama with heads of 8: pairs by theta to 0, -1/4, -1/2, -3/4.
inline nlohmann::json llama(const nlohmann::json& more) {
  nlohmann::json config = {
      {"model_type", "llama"},    {"hidden_size", 16},
      {"num_attention_heads", 2}, {"num_hidden_layers", 4},
      {"intermediate_size", 24},  {"vocab_size", 32},
      {"num_key_value_heads", 2}, {"max_position_embeddings", 64}};
  config.update(more);
  return config;
}

inline nlohmann::json of(
    const char* type, const nlohmann::json& more = nlohmann::json::object()) {
  nlohmann::json config = llama(more);
  config["model_type"] = type;
  if (config["model_type"] == "gptj") config["rotary_dim"] = 4;
  return config;
}

inline std::vector<double> frequencies(const ModelConfig& config,
                                       size_t layer) {
  const Architecture& a = config.architecture;
  return a.rotaries[*a.attention[layer].rotary].inverse_frequencies;
}

inline void expect_error(const nlohmann::json& config, ErrorCode code,
                         const char* text) {
  const auto result = parsed(config);
  ASSERT_FALSE(result) << text;
  EXPECT_EQ(result.error().code, code) << result.error().message;
  EXPECT_THAT(result.error().message, testing::HasSubstr(text));
}

}  // namespace excise

#endif  // EXCISE_TESTING_FAMILY_CONFIGS_H_
