// What goes in front of texts, by the tokenizer's rule and otherwise.
#include "model/tokenizer/bos.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/tokenizer/tokenizer.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using Ids = std::vector<int>;

class BosTest : public testing::Test {
 protected:
  // Letters a and b, with tokens <s> (2) and </s> (3).
  Tokenizer opened(bool has_template) {
    json file = {
        {"added_tokens",
         {{{"id", 2}, {"content", "<s>"}, {"special", true}},
          {{"id", 3}, {"content", "</s>"}, {"special", true}}}},
        {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
        {"model",
         {{"type", "BPE"},
          {"vocab", {{"a", 0}, {"b", 1}}},
          {"merges", json::array()}}}};
    if (has_template) {
      file["post_processor"] = {
          {"type", "TemplateProcessing"},
          {"single",
           {{{"SpecialToken", {{"id", "<s>"}}}},
            {{"Sequence", {{"id", "A"}}}},
            {{"SpecialToken", {{"id", "</s>"}}}}}},
          {"special_tokens",
           {{"<s>", {{"ids", {2}}}}, {"</s>", {{"ids", {3}}}}}}};
    }
    folder_.write("tokenizer.json", file.dump());
    auto tokenizer = Tokenizer::open(folder_.path());
    EXPECT_TRUE(tokenizer) << tokenizer.error().message;
    return std::move(*tokenizer);
  }

  TemporaryFolder folder_;
};

TEST_F(BosTest, TheTemplateIsTheTokenizersOwnRule) {
  Tokenizer tokenizer = opened(true);
  EXPECT_EQ(*tokenizer.encode("ab"), (Ids{2, 0, 1, 3}));
  EXPECT_EQ(*tokenizer.encode(""), (Ids{2, 3}));
  EXPECT_EQ(*tokenizer.encode("<s>a"), (Ids{2, 2, 0, 3}));
  EXPECT_EQ(tokenizer.front(), Ids{2});
  EXPECT_EQ(tokenizer.behind(), Ids{3});
  ASSERT_TRUE(tokenizer.use({.bos = Bos::kNever}));
  EXPECT_EQ(*tokenizer.encode("ab"), (Ids{0, 1, 3}));
  ASSERT_TRUE(tokenizer.use({.bos = Bos::kAuto}));
  EXPECT_EQ(*tokenizer.encode("ab"), (Ids{2, 0, 1, 3}));
}

TEST_F(BosTest, AlwaysIsOnceWhereverItComesFrom) {
  folder_.write("tokenizer_config.json", R"({"bos_token": "<s>"})");
  for (const bool has_template : {false, true}) {
    Tokenizer tokenizer = opened(has_template);
    ASSERT_TRUE(tokenizer.use({.bos = Bos::kAlways}));
    for (const char* text : {"ab", "<s>ab"}) {
      Ids ids = *tokenizer.encode(text);
      if (has_template) ids.pop_back();
      EXPECT_EQ(ids, (Ids{2, 0, 1})) << text;
    }
    EXPECT_EQ(tokenizer.encode_with_places("<s>ab")->at(0).end, 3U);
    EXPECT_EQ(*tokenizer.encode_word("ab"), (Ids{0, 1}));
  }
}

TEST_F(BosTest, AnyFileOfTheFolderMayNameIt) {
  struct File {
    const char* name;
    const char* content;
    int id;
  };
  for (const auto& [name, content, id] : std::vector<File>{
           {"tokenizer_config.json", R"({"bos_token": {"content": "b"}})", 1},
           {"special_tokens_map.json", R"({"bos_token": "<s>"})", 2},
           {"config.json", R"({"bos_token_id": 3})", 3}}) {
    Tokenizer tokenizer = opened(false);
    folder_.write(name, content);
    ASSERT_TRUE(tokenizer.use({.bos = Bos::kAlways})) << name;
    EXPECT_EQ(tokenizer.front(), Ids{id}) << name;
    folder_.write(name, "{}");
  }
}

TEST_F(BosTest, WithoutOneItIsAnErrorThatSaysWhereItWouldStand) {
  for (const char* config :
       {"{}", R"({"bos_token_id": 9})", R"({"bos_token_id": [2]})",
        R"({"bos_token_id": -1})"}) {
    folder_.write("config.json", config);
    Tokenizer tokenizer = opened(false);
    const Status status = tokenizer.use({.bos = Bos::kAlways});
    ASSERT_FALSE(status) << config;
    EXPECT_EQ(status.error().code, ErrorCode::kBadInput);
    EXPECT_THAT(status.error().message, HasSubstr("bos_token_id"));
  }
}

// A text that was tokenized otherwise is another experiment.
TEST_F(BosTest, IsPartOfTheFingerprint) {
  folder_.write("tokenizer_config.json", R"({"bos_token": "<s>"})");
  Tokenizer tokenizer = opened(true);
  const std::string own = tokenizer.fingerprint();
  for (const Bos bos : {Bos::kAlways, Bos::kNever}) {
    ASSERT_TRUE(tokenizer.use({.bos = bos}));
    EXPECT_NE(tokenizer.fingerprint(), own);
  }
  ASSERT_TRUE(tokenizer.use({.bos = Bos::kAuto}));
  EXPECT_EQ(tokenizer.fingerprint(), own);
}

TEST(BosNameTest, NamesAreReadAsWritten) {
  for (const Bos bos : {Bos::kAuto, Bos::kAlways, Bos::kNever})
    EXPECT_EQ(*parse_bos(bos_name(bos)), bos);
  EXPECT_FALSE(parse_bos("sometimes"));
}

}  // namespace
}  // namespace excise
