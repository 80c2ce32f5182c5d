// Tokenizers of many kinds against Hugging Face's, and where tokens stand.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <nlohmann/json.hpp>
#include <string>

#include "io/text_file.h"
#include "model/tokenizer/regex.h"
#include "model/tokenizer/tokenizer.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using nlohmann::json;

const std::string kGpt2 =
    std::string(EXCISE_SOURCE_DIR) + "/models/gpt2-tokenizer/";

json vocabulary() { return json::parse(*read_text_file(kGpt2 + "vocab.json")); }

json merges() {
  json out = json::array();
  const std::string text = *read_text_file(kGpt2 + "merges.txt");
  for (size_t begin = text.find('\n') + 1; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin) out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

// tests/golden/NAME, or the file that a variable names: more of the same form.
json golden(const char* name, const char* variable) {
  const char* other = getenv(variable);
  return json::parse(*read_text_file(other != nullptr
                                         ? std::string(other)
                                         : std::string(EXCISE_SOURCE_DIR) +
                                               "/tests/golden/" + name));
}

void expect_ids(const Tokenizer& tokenizer, const json& samples) {
  for (const json& sample : samples) {
    const auto text = sample.at("text").get<std::string>();
    const auto ids = tokenizer.encode(text);
    ASSERT_TRUE(ids) << ids.error().message;
    EXPECT_EQ(*ids, sample.at("ids").get<std::vector<int>>())
        << json(text).dump();
    const auto placed = tokenizer.encode_with_places(text);
    ASSERT_TRUE(placed);
    ASSERT_EQ(placed->size(), ids->size());
    for (size_t t = 0; t < ids->size(); ++t) {
      const auto& [id, begin, end] = (*placed)[t];
      EXPECT_EQ(id, (*ids)[t]);
      EXPECT_LE(begin, end);
      EXPECT_LE(end, text.size());
    }
  }
}

TEST(TokenizerJsonTest, EveryKindGivesTheIdsOfTokenizers) {
  const json entries = vocabulary();
  const json rules = merges();
  const json reference =
      golden("tokenizer_json.json", "EXCISE_GOLDEN_TOKENIZER_JSON");
  ASSERT_GT(reference.at("cases").size(), 5U);
  for (const json& one : reference.at("cases")) {
    SCOPED_TRACE(one.at("name").get<std::string>());
    json file = one.at("tokenizer");
    file["model"]["vocab"] = entries;
    file["model"]["merges"] = rules;
    TemporaryFolder folder;
    folder.write("tokenizer.json", file.dump());
    const auto tokenizer = Tokenizer::open(folder.path());
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    expect_ids(*tokenizer, one.at("encode"));
  }
}

// Whole files, one of each kind that decoder models have.
TEST(TokenizerJsonTest, EveryFamilyGivesTheIdsAndTextsOfTokenizers) {
  const json reference = golden("tokenizers.json", "EXCISE_GOLDEN_TOKENIZERS");
  ASSERT_GT(reference.at("cases").size(), 0U);
  for (const json& one : reference.at("cases")) {
    SCOPED_TRACE(one.at("name").get<std::string>());
    TemporaryFolder folder;
    folder.write("tokenizer.json", one.at("tokenizer").dump());
    const auto tokenizer = Tokenizer::open(folder.path());
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    expect_ids(*tokenizer, one.at("encode"));
    for (const json& sample : one.at("encode")) {
      if (one.at("tokenizer").at("decoder").is_null()) continue;
      const auto text =
          *tokenizer->decode_text(sample.at("ids").get<std::vector<int>>());
      // tokenizers puts U+FFFD for bytes that are no text.
      if (first_invalid_utf8(text)) continue;
      EXPECT_EQ(text, sample.at("decoded").get<std::string>());
    }
  }
}

TEST(TokenizerJsonTest, FoldersWithoutItGiveTheIdsOfGpt2TokenizerFast) {
  const json reference =
      golden("tokenizer_folders.json", "EXCISE_GOLDEN_TOKENIZER_FOLDERS");
  ASSERT_GT(reference.at("cases").size(), 5U);
  for (const json& one : reference.at("cases")) {
    SCOPED_TRACE(one.at("name").get<std::string>());
    TemporaryFolder folder;
    for (const char* name : {"vocab.json", "merges.txt"})
      folder.write(name, *read_text_file(kGpt2 + name));
    for (const auto& [name, content] : one.at("files").items())
      folder.write(name, content.dump());
    const auto tokenizer = Tokenizer::open(folder.path());
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    EXPECT_EQ(tokenizer->size(), one.at("size").get<size_t>());
    expect_ids(*tokenizer, one.at("encode"));
  }
}

// What stands beside tokenizer.json decides nothing.
TEST(TokenizerJsonTest, ComesBeforeVocabJson) {
  json file = {
      {"normalizer", {{"type", "Lowercase"}}},
      {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
      {"model",
       {{"type", "BPE"}, {"vocab", vocabulary()}, {"merges", merges()}}}};
  TemporaryFolder folder;
  folder.write("vocab.json", *read_text_file(kGpt2 + "vocab.json"));
  folder.write("merges.txt", *read_text_file(kGpt2 + "merges.txt"));
  const auto plain = Tokenizer::open(folder.path());
  folder.write("tokenizer.json", file.dump());
  const auto whole = Tokenizer::open(folder.path());
  ASSERT_TRUE(plain && whole);
  EXPECT_NE(*plain->encode("The"), *whole->encode("The"));
  EXPECT_EQ(*plain->encode("the"), *whole->encode("The"));
}

std::vector<std::string> placed_text(const Tokenizer& tokenizer,
                                     const std::string& text) {
  std::vector<std::string> out;
  const auto tokens = tokenizer.encode_with_places(text);
  EXPECT_TRUE(tokens) << tokens.error().message;
  for (const auto& [id, begin, end] : tokens.value())
    out.push_back(text.substr(begin, end - begin));
  return out;
}

TEST(TokenizerJsonTest, PlacesAreThoseOfTheTextBeforeItWasNormalized) {
  json file = {
      {"added_tokens",
       {{{"id", 50257}, {"content", "<mask>"}, {"lstrip", true}}}},
      {"normalizer",
       {{"type", "Sequence"},
        {"normalizers",
         {{{"type", "NFC"}},
          {{"type", "Lowercase"}},
          {{"type", "Replace"},
           {"pattern", {{"String", "x"}}},
           {"content", "yes"}}}}}},
      {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", true}}},
      {"post_processor",
       {{"type", "TemplateProcessing"},
        {"single",
         {{{"SpecialToken", {{"id", "!"}}}}, {{"Sequence", {{"id", "A"}}}}}},
        {"special_tokens", {{"!", {{"ids", {0}}}}}}}},
      {"model",
       {{"type", "BPE"}, {"vocab", vocabulary()}, {"merges", merges()}}}};
  TemporaryFolder folder;
  folder.write("tokenizer.json", file.dump());
  const auto tokenizer = Tokenizer::open(folder.path());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ(placed_text(*tokenizer, "He x  <mask> her"),
            (std::vector<std::string>{"", "He", " x", "  <mask>", " her"}));
  EXPECT_EQ(*tokenizer->encode_word(" her"), (std::vector<int>{607}));
}

TEST(RegexTest, WhatWouldMeanAnotherThingIsRefused) {
  for (const char* pattern : {"(*UTF)a", "\\h", "[a[b]]", "[a&&b]", "a{,3}",
                              "(?m:a)", "a{2}+", "\\R", "(?~a)", "\\u12"}) {
    EXPECT_FALSE(pcre2_pattern(pattern)) << pattern;
  }
  EXPECT_EQ(pcre2_pattern("\\u0e00-\\v(?i:a)[^]x]"),
            "\\x{0e00}-\\x0B(?i:a)[^]x]");
}

}  // namespace
}  // namespace excise
