// Tokenizers made of hostile, unusual and missing files.
#include "model/tokenizer/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "io/text_file.h"
#include "model/tokenizer/byte_alphabet.h"
#include "model/tokenizer/tokenizer.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// The 256 bytes and "ab".
json byte_vocabulary() {
  json vocabulary;
  for (unsigned byte = 0; byte < 256; ++byte) {
    vocabulary[byte_character(static_cast<uint8_t>(byte))] = byte;
  }
  vocabulary["ab"] = 256;
  return vocabulary;
}

std::string vocabulary_with(const char* entry, const json& id) {
  json vocabulary = byte_vocabulary();
  vocabulary[entry] = id;
  return vocabulary.dump();
}

json small_tokenizer_json() {
  return {
      {"added_tokens", json::array({{{"id", 257}, {"content", "<x>"}}})},
      {"normalizer", nullptr},
      {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
      {"post_processor", {{"type", "ByteLevel"}}},
      {"model",
       {{"type", "BPE"},
        {"vocab", byte_vocabulary()},
        {"merges", json::array({"a b"})}}}};
}

std::string tokenizer_json_with(const char* where, const json& value) {
  json file = small_tokenizer_json();
  file[json::json_pointer(where)] = value;
  return file.dump();
}

void write_gpt2_files(TemporaryFolder& folder) {
  folder.write("vocab.json", byte_vocabulary().dump());
  folder.write("merges.txt", "#version: 0.2\na b\n");
}

struct HostileFile {
  const char* name;
  const char* file;
  std::string content;
  const char* complaint;
};

class HostileTokenizerTest : public testing::TestWithParam<HostileFile> {};

TEST_P(HostileTokenizerTest, IsABadFile) {
  const auto& [name, file, content, complaint] = GetParam();
  TemporaryFolder folder;
  if (std::string_view(file) != "tokenizer.json") write_gpt2_files(folder);
  folder.write(file, content);
  const auto tokenizer = Tokenizer::open(folder.path());
  ASSERT_FALSE(tokenizer);
  const std::string& message = tokenizer.error().message;
  EXPECT_EQ(tokenizer.error().code, ErrorCode::kBadFile) << message;
  EXPECT_THAT(message, HasSubstr(complaint));
  EXPECT_FALSE(first_invalid_utf8(message)) << message;
  EXPECT_LT(message.size(), 1000U);
}

const std::string kDeepList(100000, '[');
const std::string kDeepObject = [] {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += R"({"a":)";
  return text;
}();

const std::vector<HostileFile> kHostileFiles = {
    {"Empty", "vocab.json", "", "vocab.json: expected a JSON object"},
    {"NoEntries", "vocab.json", "{}", "the unknown a in merge 1"},
    {"NotAnObject", "vocab.json", "[1]", "a JSON object, got array"},
    {"Number", "vocab.json", "1", "a JSON object, got number"},
    {"NumberAsKey", "vocab.json", "{1: 1}", "expected string literal"},
    {"Truncated", "vocab.json", R"({"a": 0, "b)", "parse error"},
    {"BrokenUtf8", "vocab.json", "{\"\xff\": 0}", "invalid string"},
    {"DeepList", "vocab.json", kDeepList, "levels"},
    {"DeepId", "vocab.json", R"({"a":)" + kDeepList, "array as id of a"},
    {"DeepObject", "vocab.json", kDeepObject, "object as id of a"},
    {"DuplicateId", "vocab.json", vocabulary_with("ac", 256), "256 again"},
    {"DuplicateEntry", "vocab.json", R"({"a":0,"a":1})", "a again"},
    {"NegativeId", "vocab.json", vocabulary_with("ac", -1), "id -1 of ac"},
    {"HugeId", "vocab.json", vocabulary_with("ac", uint64_t{1} << 63),
     "9223372036854775808 as id of ac"},
    {"FractionId", "vocab.json", vocabulary_with("ac", 257.5), "number as id"},
    {"TextId", "vocab.json", vocabulary_with("ac", "257"), "string as id"},
    {"NullId", "vocab.json", vocabulary_with("ac", nullptr), "null as id"},
    {"LongEntry", "vocab.json",
     vocabulary_with(std::string(1000000, 'x').c_str(), -1), "xxx..."},
    {"EmptyMerges", "merges.txt", "", "an empty file"},
    {"UnknownLeft", "merges.txt",
     "#version: 0.2\n"
     "ac b\n",
     "the unknown ac in merge 1"},
    {"UnknownRight", "merges.txt",
     "#version: 0.2\n"
     "a b\na bb\n",
     "unknown bb in merge 2"},
    {"UnknownMerged", "merges.txt",
     "#version: 0.2\n"
     "a c\n",
     "the unknown ac in merge 1"},
    {"LongMerge", "merges.txt",
     "#version: 0.2\n"
     "a b c\n",
     "merge 1: a b c"},
    {"ShortMerge", "merges.txt",
     "#version: 0.2\n"
     "ab\n",
     "merge 1: ab"},
    {"BrokenUtf8Merge", "merges.txt", "a b\n\xC3\n", "byte at offset 4"},
    {"FarId", "vocab.json", vocabulary_with("ac", 1000000),
     "the id 1000000 of ac"},
    {"AddedTokenNegative", "added_tokens.json", R"({"<x>": -1})", "the id -1"},
    {"AddedTokenText", "added_tokens.json", R"({"<x>": "257"})", "string"},
    {"AddedTokenEmpty", "added_tokens.json", R"({"": 257})", "\"\" with"},
    {"AddedTokensDeep", "added_tokens.json", kDeepObject, "levels"},
    {"SpecialNumber", "special_tokens_map.json", R"({"eos_token": 3})",
     "as text"},
    {"SpecialList", "special_tokens_map.json",
     R"({"additional_special_tokens": "<x>"})", "a list"},
    {"DecoderList", "tokenizer_config.json", R"({"added_tokens_decoder": [1]})",
     "an object"},
    {"DecoderKey", "tokenizer_config.json",
     R"({"added_tokens_decoder": {"25x": "<x>"}})", "25x"},
    {"DecoderOption", "tokenizer_config.json",
     R"({"added_tokens_decoder": {"257": {"content": "<x>", "special": 1}}})",
     "special true or false"},
    {"WholeEmpty", "tokenizer.json", "{}", "a model, got null"},
    {"WholeDeep", "tokenizer.json", kDeepObject, "levels"},
    {"WholeVocab", "tokenizer.json", tokenizer_json_with("/model/vocab", 1),
     "a model with vocab"},
    {"WholeId", "tokenizer.json", tokenizer_json_with("/model/vocab/a", "x"),
     "string as id of a"},
    {"WholeMerges", "tokenizer.json", tokenizer_json_with("/model/merges", 1),
     "a model with vocab"},
    {"WholeMergeText", "tokenizer.json",
     tokenizer_json_with("/model/merges/0", "ab"), "as merge 1"},
    {"WholeMergeNumber", "tokenizer.json",
     tokenizer_json_with("/model/merges/0", 5), "as merge 1"},
    {"WholeMergeTriple", "tokenizer.json",
     tokenizer_json_with("/model/merges/0", {"a", "b", "c"}), "as merge 1"},
    {"WholeMergeDeep", "tokenizer.json",
     tokenizer_json_with("/model/merges/0", json::array({json::array()})),
     "as merge 1"},
    {"WholeMergeUnknown", "tokenizer.json",
     tokenizer_json_with("/model/merges/0", "a c"), "the unknown ac"},
    {"WholeAdded", "tokenizer.json", tokenizer_json_with("/added_tokens", 1),
     "a list as added_tokens"},
    {"WholeAddedNoId", "tokenizer.json",
     tokenizer_json_with("/added_tokens/0/id", nullptr), "with no id"},
};

INSTANTIATE_TEST_SUITE_P(Files, HostileTokenizerTest,
                         testing::ValuesIn(kHostileFiles),
                         [](const auto& file) { return file.param.name; });

TEST(VocabularyTest, MissingFilesAreAnIoError) {
  TemporaryFolder folder;
  const auto nothing = Tokenizer::open(folder.path());
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::kIo);
  folder.write("vocab.json", byte_vocabulary().dump());
  const auto no_merges = Tokenizer::open(folder.path());
  ASSERT_FALSE(no_merges);
  EXPECT_EQ(no_merges.error().code, ErrorCode::kIo);
}

TEST(VocabularyTest, OtherKindsOfTokenizerJsonAreUnsupported) {
  struct Change {
    const char* where;
    json value;
    const char* complaint;
  };
  const std::vector<Change> changes = {
      {"/normalizer", {{"type", "Precompiled"}}, "got Precompiled"},
      {"/normalizer", {{"type", "Nmt"}}, "got Nmt"},
      {"/pre_tokenizer/type", "UnicodeScripts", "got UnicodeScripts"},
      {"/pre_tokenizer",
       {{"type", "Sequence"},
        {"pretokenizers",
         {{{"type", "Split"}, {"pattern", {{"Regex", "[a-z&&[^b]]"}}}},
          {{"type", "ByteLevel"}}}}},
       "[a-z&&[^b]]"},
      {"/post_processor", {{"type", "Other"}}, "got Other"},
      {"/decoder", {{"type", "WordPiece"}}, "got WordPiece"},
      {"/model/type", "Unigram", "got \"Unigram\"; tokenizers of other"},
      {"/model/dropout", 0.1, "dropout null, got 0.1"},
      {"/model/continuing_subword_prefix", "##", "\"##\""},
      {"/model/end_of_word_suffix", "</w>", "end_of_word_suffix"}};
  for (const auto& [where, value, complaint] : changes) {
    TemporaryFolder folder;
    folder.write("tokenizer.json", tokenizer_json_with(where, value));
    const auto tokenizer = Tokenizer::open(folder.path());
    ASSERT_FALSE(tokenizer) << where;
    EXPECT_EQ(tokenizer.error().code, ErrorCode::kUnsupported)
        << tokenizer.error().message;
    EXPECT_THAT(tokenizer.error().message, HasSubstr(complaint));
  }
}

TEST(VocabularyTest, OptionsOfTokenizerConfigThatChangeIdsAreUnsupported) {
  for (const char* config : {R"({"split_special_tokens": true})",
                             R"({"tokenizer_class": "LlamaTokenizer"})"}) {
    TemporaryFolder folder;
    write_gpt2_files(folder);
    folder.write("tokenizer_config.json", config);
    const auto tokenizer = Tokenizer::open(folder.path());
    ASSERT_FALSE(tokenizer) << config;
    EXPECT_EQ(tokenizer.error().code, ErrorCode::kUnsupported) << config;
  }
}

// Ids of a text, or the error's message as a test failure.
std::vector<int> ids_of(const TemporaryFolder& folder, std::string_view text) {
  const auto tokenizer = Tokenizer::open(folder.path());
  EXPECT_TRUE(tokenizer) << tokenizer.error().message;
  return tokenizer ? *tokenizer->encode(text) : std::vector<int>();
}

TEST(VocabularyTest, MergesAsTextAndAsPairsAreTheSame) {
  for (const json& merge : {json("a b"), json::array({"a", "b"})}) {
    TemporaryFolder folder;
    folder.write("tokenizer.json",
                 tokenizer_json_with("/model/merges/0", merge));
    EXPECT_EQ(ids_of(folder, "ab<x>"), (std::vector<int>{256, 257}));
  }
}

TEST(VocabularyTest, WhatNoTextMeetsForbidsNothing) {
  json vocabulary = byte_vocabulary();
  vocabulary.erase(byte_character(0xE2));
  vocabulary["\xE2\x96\x81the"] = 300;  // no byte alphabet, and a gap
  TemporaryFolder folder;
  folder.write("tokenizer.json",
               tokenizer_json_with("/model/vocab", vocabulary));
  const auto tokenizer = Tokenizer::open(folder.path());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ(*tokenizer->encode("ab"), std::vector<int>{256});
  EXPECT_EQ(*tokenizer->decode(std::vector<int>{97, 270, 300}),
            "a<id 270>\xE2\x96\x81the");
  // What is met and has no token is left out, as by tokenizers, and told.
  EXPECT_EQ(*tokenizer->encode("a\u2026b"),
            (std::vector<int>{97, 128, 166, 98}));
  EXPECT_THAT(tokenizer->notes(),
              testing::ElementsAre(HasSubstr("1 of the 256 bytes")));
}

// An unknown token that is named but not there, where a character needs it.
TEST(VocabularyTest, AnUnknownTokenThatIsNoEntryIsAnErrorWhereItIsMet) {
  json file = small_tokenizer_json();
  file["model"]["vocab"].erase(byte_character('q'));
  file["model"]["unk_token"] = "<unk>";
  TemporaryFolder folder;
  folder.write("tokenizer.json", file.dump());
  const auto tokenizer = Tokenizer::open(folder.path());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ(*tokenizer->encode("ab"), std::vector<int>{256});
  const auto met = tokenizer->encode("aqb");
  ASSERT_FALSE(met);
  EXPECT_EQ(met.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(met.error().message, HasSubstr("<unk> is not in"));
}

TEST(VocabularyTest, BytesWithoutATokenAreTheUnknownOne) {
  json file = small_tokenizer_json();
  file["model"]["vocab"].erase(byte_character('q'));
  file["model"]["vocab"]["<unk>"] = static_cast<int>('q');
  file["model"]["unk_token"] = "<unk>";
  for (const bool fuse : {false, true}) {
    file["model"]["fuse_unk"] = fuse;
    TemporaryFolder folder;
    folder.write("tokenizer.json", file.dump());
    EXPECT_EQ(ids_of(folder, "aqqb"),
              fuse ? (std::vector<int>{97, 113, 98})
                   : (std::vector<int>{97, 113, 113, 98}));
  }
}

TEST(VocabularyTest, TextsThatTheFileWouldCutOrFillAreRefused) {
  struct Lengths {
    const char* where;
    json value;
  };
  for (const auto& [where, value] : std::vector<Lengths>{
           {"/truncation", {{"max_length", 2}, {"strategy", "LongestFirst"}}},
           {"/padding", {{"strategy", {{"Fixed", 2}}}, {"pad_id", 0}}}}) {
    TemporaryFolder folder;
    folder.write("tokenizer.json", tokenizer_json_with(where, value));
    const auto tokenizer = Tokenizer::open(folder.path());
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    EXPECT_TRUE(tokenizer->encode("cd"));
    const auto other =
        tokenizer->encode(where == std::string("/truncation") ? "cde" : "c");
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, ErrorCode::kUnsupported);
  }
}

TEST(VocabularyTest, WhatAnotherFileSaysIsNoted) {
  TemporaryFolder folder;
  folder.write("tokenizer.json",
               tokenizer_json_with("/added_tokens/0/id", 300));
  folder.write("tokenizer_config.json",
               R"({"add_bos_token": true, "add_prefix_space": true})");
  const auto tokenizer = Tokenizer::open(folder.path());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ(*tokenizer->encode("a<x>"), (std::vector<int>{97, 257}));
  EXPECT_THAT(tokenizer->notes(),
              testing::ElementsAre(HasSubstr("<x> has the id 257"),
                                   HasSubstr("add_bos_token true"),
                                   HasSubstr("add_prefix_space true")));
}

// GPT2Tokenizer of Transformers 4 takes the lines but the first, and nothing
// behind the last line's end.
TEST(VocabularyTest, MergesAreTheLinesBetweenAsInTransformers) {
  TemporaryFolder folder;
  folder.write("vocab.json", byte_vocabulary().dump());
  for (const char* merges : {"a b\n", "#version: 0.2\na b"}) {
    folder.write("merges.txt", merges);
    const auto tokenizer = Tokenizer::open(folder.path());
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    EXPECT_EQ(tokenizer->encode("ab")->size(), 2U) << merges;
    EXPECT_THAT(tokenizer->notes().at(0), HasSubstr("line is left out"));
  }
}

TEST(VocabularyTest, AddedTokensContinueTheVocabulary) {
  for (const auto& [file, content] :
       {std::pair("added_tokens.json", R"({"<xy>": 258, "<x": 257})"),
        std::pair("tokenizer_config.json",
                  R"({"added_tokens_decoder": {"258": {"content": "<xy>"},
                                               "257": {"content": "<x"}}})")}) {
    TemporaryFolder folder;
    write_gpt2_files(folder);
    folder.write(file, content);
    // The longer token wins where both begin.
    EXPECT_EQ(ids_of(folder, "ab<xy><x"), (std::vector<int>{256, 258, 257}));
  }
}

TEST(VocabularyTest, SpecialTokensAreFoundUnderTheirRoles) {
  for (const auto& [file, content] :
       {std::pair("tokenizer_config.json", R"({"eos_token": "ab"})"),
        std::pair("special_tokens_map.json",
                  R"({"pad_token": {"content": "ab", "lstrip": false}})"),
        std::pair("special_tokens_map.json",
                  R"({"additional_special_tokens": ["ab", "unknown"]})")}) {
    TemporaryFolder folder;
    folder.write("vocab.json", byte_vocabulary().dump());
    folder.write("merges.txt", "#version: 0.2\n");
    const std::vector<int> plain = ids_of(folder, "ab");
    folder.write(file, content);
    EXPECT_EQ(plain.size(), 2U);
    EXPECT_EQ(ids_of(folder, "ab"), std::vector<int>{256}) << content;
  }
}

TEST(VocabularyTest, EndOfTextIsSpecialUnlessAFileNamesAnother) {
  TemporaryFolder folder;
  folder.write("vocab.json", vocabulary_with("<|endoftext|>", 257));
  folder.write("merges.txt", "#version: 0.2\na b\n");
  EXPECT_EQ(ids_of(folder, "<|endoftext|>"), std::vector<int>{257});
  folder.write("tokenizer_config.json",
               R"({"bos_token": "ab", "eos_token": "ab", "unk_token": "ab"})");
  EXPECT_EQ(ids_of(folder, "<|endoftext|>").size(), 13U);
}

}  // namespace
}  // namespace excise
