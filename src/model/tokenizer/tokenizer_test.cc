#include "model/tokenizer/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "core/random.h"
#include "io/text_file.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string kSource = EXCISE_SOURCE_DIR;

Tokenizer open(const std::string& folder) {
  auto tokenizer = Tokenizer::open(kSource + "/" + folder);
  EXPECT_TRUE(tokenizer) << tokenizer.error().message;
  return std::move(*tokenizer);
}

json golden(const std::string& name) {
  return json::parse(*read_text_file(kSource + "/tests/golden/" + name));
}

std::string to_hex(const std::string& bytes) {
  std::string hex;
  for (const char c : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[static_cast<uint8_t>(c) >> 4];
    hex += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return hex;
}

void expect_golden(const Tokenizer& tokenizer, const std::string& file) {
  const json reference = golden(file);
  EXPECT_EQ(tokenizer.size(), reference.at("vocab_size").get<size_t>());
  ASSERT_GT(reference.at("encode").size(), 100U);
  for (const json& sample : reference.at("encode")) {
    const auto text = sample.at("text").get<std::string>();
    const auto ids = tokenizer.encode(text);
    ASSERT_TRUE(ids) << ids.error().message;
    EXPECT_EQ(*ids, sample.at("ids").get<std::vector<int>>()) << text;
    EXPECT_EQ(*tokenizer.decode(*ids), text);
  }
  for (const json& sample : reference.at("decode")) {
    const auto ids = sample.at("ids").get<std::vector<int>>();
    EXPECT_EQ(to_hex(*tokenizer.decode(ids)),
              sample.at("bytes_hex").get<std::string>());
  }
}

TEST(TokenizerTest, BakerEqualsHuggingFace) {
  expect_golden(open("models/baker-7m"), "tokenizer_baker.json");
}

TEST(TokenizerTest, Gpt2EqualsHuggingFace) {
  expect_golden(open("models/gpt2-tokenizer"), "tokenizer_gpt2.json");
}

// The same tokenizer written as tokenizer.json.
json as_tokenizer_json(bool merges_as_pairs) {
  const std::string folder = kSource + "/models/gpt2-tokenizer";
  json merges = json::array();
  std::istringstream lines(*read_text_file(folder + "/merges.txt"));
  std::string left;
  std::string right;
  std::string version;
  std::getline(lines, version);
  while (lines >> left >> right) {
    if (merges_as_pairs) {
      merges.push_back({left, right});
    } else {
      merges.push_back(left + " " + right);
    }
  }
  return {{"added_tokens",
           {{{"id", 50256}, {"content", "<|endoftext|>"}, {"special", true}}}},
          {"normalizer", nullptr},
          {"pre_tokenizer",
           {{"type", "ByteLevel"},
            {"add_prefix_space", false},
            {"use_regex", true}}},
          {"post_processor", {{"type", "ByteLevel"}}},
          {"model",
           {{"type", "BPE"},
            {"dropout", nullptr},
            {"vocab", json::parse(*read_text_file(folder + "/vocab.json"))},
            {"merges", merges}}}};
}

TEST(TokenizerTest, TokenizerJsonGivesTheSame) {
  for (const bool pairs : {false, true}) {
    TemporaryFolder folder;
    folder.write("tokenizer.json", as_tokenizer_json(pairs).dump());
    const auto tokenizer = Tokenizer::open(folder.path());
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    expect_golden(*tokenizer, "tokenizer_gpt2.json");
  }
}

TEST(TokenizerTest, InvalidUtf8NamesTheOffset) {
  const auto ids = open("models/baker-7m").encode("abc\xFF");
  ASSERT_FALSE(ids);
  EXPECT_EQ(ids.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(ids.error().message, HasSubstr("offset 3"));
}

TEST(TokenizerTest, IdsThatNoTokenHasAreShownAsSuch) {
  const Tokenizer tokenizer = open("models/baker-7m");
  EXPECT_EQ(*tokenizer.decode(std::vector<int>{64, 8192, 64}), "a<id 8192>a");
  EXPECT_EQ(tokenizer.piece(8192), "<id 8192>");
  EXPECT_FALSE(tokenizer.decode(std::vector<int>{-1}));
}

TEST(TokenizerTest, PiecesAreReadable) {
  const Tokenizer tokenizer = open("models/baker-7m");
  EXPECT_EQ(tokenizer.piece(64), "a");
  EXPECT_EQ(tokenizer.piece(171), "\\xEF");
  EXPECT_EQ(tokenizer.piece(8191), "<|endoftext|>");
}

std::string random_text(Random& random, size_t characters) {
  std::string text;
  for (size_t i = 0; i < characters; ++i) {
    // Mostly letters and spaces, some of everything else.
    const uint64_t kind = random.below(10);
    uint32_t c = 0;
    if (kind < 5) c = static_cast<uint32_t>('a' + random.below(26));
    if (kind == 5 || kind == 6) c = ' ';
    if (kind == 7) c = static_cast<uint32_t>(random.below(0x80));
    if (kind == 8) c = static_cast<uint32_t>(0x80 + random.below(0x780));
    if (kind == 9) c = static_cast<uint32_t>(0x10000 + random.below(0x10000));
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else if (c < 0x800) {
      text += static_cast<char>(0xC0 | (c >> 6));
      text += static_cast<char>(0x80 | (c & 63));
    } else {
      text += static_cast<char>(0xF0 | (c >> 18));
      text += static_cast<char>(0x80 | ((c >> 12) & 63));
      text += static_cast<char>(0x80 | ((c >> 6) & 63));
      text += static_cast<char>(0x80 | (c & 63));
    }
  }
  return text;
}

TEST(TokenizerTest, RandomTextsRoundTrip) {
  const Tokenizer tokenizer = open("models/gpt2-tokenizer");
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    const std::string text = random_text(random, 1 + random.below(60));
    const auto ids = tokenizer.encode(text);
    ASSERT_TRUE(ids);
    EXPECT_EQ(*tokenizer.decode(*ids), text);
  }
}

// A quadratic algorithm would need hours for these.
TEST(TokenizerTest, LongWordsTakeLinearTime) {
  const Tokenizer tokenizer = open("models/gpt2-tokenizer");
  Random random(3);
  std::string word;
  for (int i = 0; i < 1 << 20; ++i) {
    word += static_cast<char>('a' + random.below(26));
  }
  for (const std::string& text :
       {word, std::string(1 << 20, 'a'), std::string(1 << 20, ' '),
        std::string(1 << 20, '\n') + "x", std::string(1 << 20, '!')}) {
    const auto ids = tokenizer.encode(text);
    ASSERT_TRUE(ids) << ids.error().message;
    EXPECT_EQ(*tokenizer.decode(*ids), text);
  }
}

}  // namespace
}  // namespace excise
