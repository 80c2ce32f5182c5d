// Every key of config.json and generation_config.json that a reader may meet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "io/text_file.h"
#include "model/architecture/generation_config.h"
#include "model/families/families.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What the versions of Transformers write by default (tests/golden/README.md).
json golden(const char* file) {
  return json::parse(*read_text_file(std::string(EXCISE_SOURCE_DIR) +
                                     "/tests/golden/keys.json"))
      .at(file);
}

ModelConfig parsed(const json& config) {
  auto result = parse_config(config.dump(), "config.json");
  EXPECT_TRUE(result) << result.error().message;
  return std::move(*result);
}

TEST(ConfigKeysTest, AllOfTransformersAreKnown) {
  const json versions = golden("config.json");
  ASSERT_GE(versions.size(), 2U);
  for (const auto& [version, config] : versions.items()) {
    SCOPED_TRACE(version);
    EXPECT_THAT(parsed(config).notes, IsEmpty());
    EXPECT_THAT(parsed(config).generation_notes, IsEmpty());
  }
}

TEST(ConfigKeysTest, AllOfGenerationConfigAreKnown) {
  const json versions = golden("generation_config.json");
  ASSERT_GE(versions.size(), 2U);
  for (const auto& [version, config] : versions.items()) {
    SCOPED_TRACE(version);
    ModelConfig taken;
    take_generation_config(config.dump(), taken);
    EXPECT_THAT(taken.notes, IsEmpty());
    EXPECT_THAT(taken.generation_notes, IsEmpty());
  }
}

TEST(ConfigKeysTest, WhatChangesTheNumbersIsRefused) {
  for (const auto& [key, value] : std::vector<std::pair<const char*, json>>{
           {"auto_map", {{"AutoModel", "modeling.Mine"}}},
           {"transformers_weights", "other.safetensors"},
           {"adapters", {{"one", 1}}},
           {"is_encoder_decoder", true}}) {
    const auto config = parse_config(json{{key, value}}.dump(), "config.json");
    ASSERT_FALSE(config) << key;
    EXPECT_EQ(config.error().code, ErrorCode::kUnsupported);
    EXPECT_THAT(config.error().message, HasSubstr(key));
    EXPECT_TRUE(parse_config(json{{key, nullptr}}.dump(), "config.json"));
  }
}

TEST(ConfigKeysTest, WhatIsNotFollowedIsTold) {
  ModelConfig config =
      parsed({{"repetition_penalty", 1.2}, {"num_beams", 1}, {"alibi", true}});
  EXPECT_THAT(config.generation_notes,
              ElementsAre("config.json: repetition_penalty 1.2 is not "
                          "followed"));
  EXPECT_THAT(config.notes, ElementsAre(HasSubstr("\"alibi\" is left aside")));
  // Where that is there, Transformers does not look at the other.
  take_generation_config(
      R"({"suppress_tokens": [5], "bad_words_ids": [], "no_repeat_ngram_size": 0,
          "repetition_penalty": 1, "temperature": 0.7, "mine\u001b[2J": 1})",
      config);
  EXPECT_THAT(config.generation_notes,
              ElementsAre("generation_config.json: suppress_tokens [5] is not "
                          "followed"));
  EXPECT_THAT(config.notes,
              ElementsAre(HasSubstr("alibi"), HasSubstr("\"mine\\u001b[2J\"")));
  take_generation_config("no JSON", config);
  EXPECT_THAT(config.notes.back(), HasSubstr("no JSON object"));
}

}  // namespace
}  // namespace excise
