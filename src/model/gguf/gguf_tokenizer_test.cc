#include "model/gguf/gguf_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/text_file.h"
#include "model/tokenizer/tokenizer.h"
#include "testing/made_gguf.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kPrefix = "tokenizer.ggml.";

// The file that these keys are of.
MadeGguf made_of(const json& keys) {
  MadeGguf made;
  for (const auto& [key, value] : keys.items()) {
    const std::string name = kPrefix + key;
    if (value.is_boolean()) {
      made.flag(name, value.get<bool>());
    } else if (value.is_number()) {
      made.whole(name, value.get<uint32_t>());
    } else if (value.is_string()) {
      made.text(name, value.get<std::string>());
    } else if (value.at(0).is_string()) {
      made.texts(name, value.get<std::vector<std::string>>());
    } else if (value.at(0).is_number_float()) {
      made.floats(name, value.get<std::vector<float>>());
    } else {
      made.wholes(name, value.get<std::vector<int32_t>>());
    }
  }
  return made;
}

class GgufTokenizerTest : public testing::Test {
 protected:
  Result<std::optional<TokenizerDefinition>> read(const MadeGguf& made) {
    bytes_ = made.bytes();
    auto header = parse_gguf_header(std::as_bytes(std::span(bytes_)), "x.gguf");
    EXPECT_TRUE(header) << header.error().message;
    return read_gguf_tokenizer(header->metadata);
  }
  Result<std::vector<int>> ends(const MadeGguf& made) {
    bytes_ = made.bytes();
    return gguf_ends_of_text(
        parse_gguf_header(std::as_bytes(std::span(bytes_)), "x.gguf")
            ->metadata);
  }
  void expect_refused(const json& keys, ErrorCode code, const char* message) {
    const auto definition = read(made_of(keys));
    ASSERT_FALSE(definition);
    EXPECT_EQ(definition.error().code, code);
    EXPECT_THAT(definition.error().message, HasSubstr(message));
  }
  std::string bytes_;  // that metadata are views of
};

// EXCISE_GOLDEN_GGUF_TOKENIZERS: a larger file of the same form.
json golden_tokenizers() {
  const char* other = std::getenv("EXCISE_GOLDEN_GGUF_TOKENIZERS");
  const std::filesystem::path file = other != nullptr ? other
                                                      : EXCISE_SOURCE_DIR
                                         "/tests/golden/gguf_tokenizers.json";
  return json::parse(*read_text_file(file));
}

TEST_F(GgufTokenizerTest, IdsAreThoseOfLlamaCpp) {
  const json cases = golden_tokenizers().at("cases");
  ASSERT_GT(cases.size(), 0U);
  for (const json& one : cases) {
    SCOPED_TRACE(one.at("name").get<std::string>());
    auto definition = read(made_of(one.at("keys")));
    ASSERT_TRUE(definition) << definition.error().message;
    auto tokenizer = Tokenizer::of(**std::move(definition));
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    for (const json& sample : one.at("encode")) {
      const auto text = sample.at("text").get<std::string>();
      SCOPED_TRACE(json(text).dump());
      for (const auto& [special, ids] :
           {std::pair{true, sample.at("ids")},
            std::pair{false, sample.at("plain")}}) {
        ASSERT_TRUE(
            tokenizer->use({.special = special ? SpecialTokens::kRead
                                               : SpecialTokens::kText}));
        const auto found = tokenizer->encode(text);
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_EQ(*found, ids.get<std::vector<int>>()) << special;
      }
    }
  }
}

const json kSmall = {
    {"model", "llama"},
    {"tokens", {"<unk>", "<s>", "</s>", "▁", "a", "▁a", "<0x62>"}},
    {"scores", {0.0, 0.0, 0.0, -3.0, -2.0, -1.0, 0.0}},
    {"token_type", {2, 3, 3, 1, 1, 1, 6}}};

json with(const char* key, const json& value) {
  json changed = kSmall;
  changed[key] = value;
  return changed;
}

TEST_F(GgufTokenizerTest, DefaultsAreThoseOfLlamaCpp) {
  auto tokenizer = *Tokenizer::of(**read(made_of(kSmall)));
  EXPECT_THAT(*tokenizer.encode("a"), ElementsAre(1, 5));
  EXPECT_THAT(*tokenizer.encode("b"), ElementsAre(1, 3, 6));
  EXPECT_EQ(*tokenizer.decode_text(std::vector{5, 6}), "ab");
  ASSERT_TRUE(tokenizer.use({.bos = Bos::kNever}));
  EXPECT_THAT(*tokenizer.encode("a"), ElementsAre(5));
}

TEST_F(GgufTokenizerTest, SpecialTokensOfATextAreReadOrText) {
  auto tokenizer = *Tokenizer::of(**read(made_of(kSmall)));
  EXPECT_THAT(*tokenizer.encode("</s>a"), ElementsAre(1, 2, 5));
  const std::string before = tokenizer.fingerprint();
  ASSERT_TRUE(tokenizer.use({.special = SpecialTokens::kText}));
  EXPECT_NE(tokenizer.fingerprint(), before);
  EXPECT_EQ(tokenizer.reading().special, SpecialTokens::kText);
  // No byte of "</s>" but none has a token.
  EXPECT_THAT(*tokenizer.encode("a</s>a"), ElementsAre(1, 5, 4));
}

TEST_F(GgufTokenizerTest, LiesAreRefused) {
  expect_refused(with("model", "bert"), ErrorCode::kUnsupported,
                 "tokenizer.ggml.model: expected gpt2 or llama, got \"bert\"");
  expect_refused(with("scores", {0.0, 1.0}), ErrorCode::kBadFile,
                 "tokenizer.ggml.scores: expected one for each of 7 tokens");
  expect_refused(with("token_type", {1}), ErrorCode::kBadFile,
                 "tokenizer.ggml.token_type: expected one for each of 7");
  expect_refused(with("tokens", {"a", "a"}), ErrorCode::kBadFile, "a again");
  expect_refused(with("tokens", {"\xff"}), ErrorCode::kBadFile, "UTF-8");
  expect_refused({{"model", "llama"}}, ErrorCode::kBadFile,
                 "tokenizer.ggml.tokens: expected the tokens");
  json bytes = with("model", "gpt2");
  expect_refused(bytes, ErrorCode::kBadFile,
                 "tokenizer.ggml.merges: expected the merges");
  bytes["merges"] = {"a b"};
  expect_refused(bytes, ErrorCode::kBadFile, "the unknown b in merge 1");
  bytes["merges"] = {"ab"};
  expect_refused(bytes, ErrorCode::kBadFile, "in merge 1");
  bytes["pre"] = "of-tomorrow";
  expect_refused(bytes, ErrorCode::kUnsupported,
                 "tokenizer.ggml.pre: expected default, gpt-2");
}

TEST_F(GgufTokenizerTest, AFileWithoutOneHasNone) {
  EXPECT_EQ(read(MadeGguf())->has_value(), false);
  EXPECT_EQ(read(made_of({{"model", "none"}}))->has_value(), false);
}

TEST_F(GgufTokenizerTest, EndsOfTextAreNamedOrKnownByTheirText) {
  EXPECT_THAT(*ends(made_of({{"model", "gpt2"},
                             {"tokens", {"a", "b", "<|im_end|>", "c"}},
                             {"eos_token_id", 1},
                             {"eot_token_id", 99}})),
              ElementsAre(1, 2));
}

}  // namespace
}  // namespace excise
