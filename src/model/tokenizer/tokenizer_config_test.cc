// Every key of tokenizer_config.json that a reader may meet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "io/text_file.h"
#include "model/tokenizer/tokenizer.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TokenizerConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_.write("vocab.json", R"({"a": 0, "b": 1, "<|endoftext|>": 2})");
    folder_.write("merges.txt", "#version: 0.2\n");
  }
  Tokenizer opened(const std::string& config) {
    folder_.write("tokenizer_config.json", config);
    auto tokenizer = Tokenizer::open(folder_.path());
    EXPECT_TRUE(tokenizer) << tokenizer.error().message;
    return std::move(*tokenizer);
  }

  TemporaryFolder folder_;
};

TEST_F(TokenizerConfigTest, AllKeysOfTransformersAreKnown) {
  const json versions =
      json::parse(*read_text_file(std::string(EXCISE_SOURCE_DIR) +
                                  "/tests/golden/keys.json"))
          .at("tokenizer_config.json");
  ASSERT_GE(versions.size(), 2U);
  for (const auto& [version, config] : versions.items())
    EXPECT_THAT(opened(config.dump()).notes(), IsEmpty()) << version;
  EXPECT_THAT(opened(R"({"add_magic": true})").notes(),
              ElementsAre(HasSubstr("\"add_magic\" is left aside")));
}

TEST_F(TokenizerConfigTest, ExtraSpecialTokensAreTokens) {
  // By name, in the order of the file, as Transformers 4 has them.
  const Tokenizer named = opened(
      R"({"extra_special_tokens": {"z": "<z>", "a": {"content": "<a>"}}})");
  EXPECT_EQ(*named.encode("a<a><z>"), (std::vector<int>{0, 4, 3}));
  // A list in 5.
  const Tokenizer listed = opened(R"({"extra_special_tokens": ["<z>"]})");
  EXPECT_EQ(*listed.encode("a<z>"), (std::vector<int>{0, 3}));
  EXPECT_THAT(opened(R"({"extra_special_tokens": null})").notes(), IsEmpty());
  folder_.write("tokenizer_config.json", R"({"extra_special_tokens": 1})");
  const auto bad = Tokenizer::open(folder_.path());
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message, HasSubstr("extra_special_tokens"));
}

TEST_F(TokenizerConfigTest, ExtraTokensBesideTokenizerJsonAreTold) {
  folder_.write("tokenizer.json", R"({
      "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
      "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}})");
  EXPECT_THAT(opened(R"({"extra_special_tokens": {"x": "<x>"}})").notes(),
              Contains(HasSubstr("the added token <x> is not followed")));
}

// Which tokenizer it is, for experiments that are run again.
TEST_F(TokenizerConfigTest, FingerprintIsOfWhatMakesIds) {
  const std::string plain = opened("{}").fingerprint();
  EXPECT_EQ(plain.size(), 32U);
  EXPECT_EQ(opened(R"({"model_max_length": 5})").fingerprint(), plain);
  EXPECT_NE(opened(R"({"add_bos_token": true})").fingerprint(), plain);
  EXPECT_NE(opened(R"({"add_prefix_space": true})").fingerprint(), plain);
  EXPECT_NE(opened(R"({"pad_token": "<p>"})").fingerprint(), plain);
  EXPECT_NE(
      opened(R"({"bos_token": {"content": "<|endoftext|>", "lstrip": true}})")
          .fingerprint(),
      plain);
  folder_.write("vocab.json", R"({"b": 0, "a": 1, "<|endoftext|>": 2})");
  EXPECT_NE(opened("{}").fingerprint(), plain);
}

}  // namespace
}  // namespace excise
