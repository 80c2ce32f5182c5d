#include "model/tokenizer/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>

#include "core/random.h"
#include "io/temporary_folder.h"
#include "io/text_file.h"
#include "model/tokenizer/byte_alphabet.h"
#include "model/tokenizer/merges.h"

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
  expect_golden(open("tests/golden/gpt2-tokenizer"), "tokenizer_gpt2.json");
}

// The same tokenizer written as tokenizer.json.
json as_tokenizer_json(bool merges_as_pairs) {
  const std::string folder = kSource + "/tests/golden/gpt2-tokenizer";
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

TEST(TokenizerTest, TokenizerJsonOfAnotherKindIsUnsupported) {
  const std::vector<std::pair<const char*, json>> changes = {
      {"/normalizer", {{"type", "NFC"}}},
      {"/pre_tokenizer/type", "Whitespace"},
      {"/pre_tokenizer/add_prefix_space", true},
      {"/pre_tokenizer/use_regex", false},
      {"/post_processor/type", "TemplateProcessing"},
      {"/model/type", "Unigram"},
      {"/model/dropout", 0.1},
      {"/model/byte_fallback", true},
      {"/model/end_of_word_suffix", "</w>"},
      {"/added_tokens/0/lstrip", true}};
  for (const auto& [where, value] : changes) {
    json file = {
        {"added_tokens", {{{"id", 0}, {"content", "a"}}}},
        {"pre_tokenizer", {{"type", "ByteLevel"}}},
        {"post_processor", {{"type", "ByteLevel"}}},
        {"model",
         {{"type", "BPE"}, {"vocab", {{"a", 0}}}, {"merges", json::array()}}}};
    file[json::json_pointer(where)] = value;
    TemporaryFolder folder;
    folder.write("tokenizer.json", file.dump());
    const auto tokenizer = Tokenizer::open(folder.path());
    ASSERT_FALSE(tokenizer) << where;
    EXPECT_EQ(tokenizer.error().code, ErrorCode::kUnsupported) << where;
  }
}

// A vocabulary of the 256 bytes, "ab", and what a test adds.
json byte_vocabulary() {
  json vocabulary;
  for (unsigned byte = 0; byte < 256; ++byte) {
    vocabulary[byte_character(static_cast<uint8_t>(byte))] = byte;
  }
  vocabulary["ab"] = 256;
  return vocabulary;
}

struct HostileFile {
  const char* name;
  const char* file;
  std::string content;
};

class HostileTokenizerTest : public testing::TestWithParam<HostileFile> {};

TEST_P(HostileTokenizerTest, IsABadFile) {
  TemporaryFolder folder;
  folder.write("vocab.json", byte_vocabulary().dump());
  folder.write("merges.txt", "#version: 0.2\na b\n");
  ASSERT_TRUE(Tokenizer::open(folder.path()));
  folder.write(GetParam().file, GetParam().content);
  const auto tokenizer = Tokenizer::open(folder.path());
  ASSERT_FALSE(tokenizer);
  EXPECT_EQ(tokenizer.error().code, ErrorCode::kBadFile)
      << tokenizer.error().message;
}

std::string vocabulary_with(const char* entry, const json& id) {
  json vocabulary = byte_vocabulary();
  vocabulary[entry] = id;
  return vocabulary.dump();
}

const std::vector<HostileFile> kHostileFiles = {
    {"Empty", "vocab.json", ""},
    {"NotAnObject", "vocab.json", "[1]"},
    {"BrokenUtf8", "vocab.json", "{\"\xff\": 0}"},
    {"Deep", "vocab.json", std::string(100000, '[')},
    {"DuplicateId", "vocab.json", vocabulary_with("ac", 256)},
    {"Gap", "vocab.json", vocabulary_with("ac", 300)},
    {"NegativeId", "vocab.json", vocabulary_with("ac", -1)},
    {"HugeId", "vocab.json", vocabulary_with("ac", uint64_t{1} << 62)},
    {"TextId", "vocab.json", vocabulary_with("ac", "257")},
    {"NoByte", "vocab.json", R"({"a":0,"b":1,"ab":2})"},
    {"ForeignCharacter", "vocab.json", vocabulary_with("\xE2\x82\xAC", 257)},
    {"UnknownMerge", "merges.txt", "a c\n"},
    {"LongMerge", "merges.txt", "a b c\n"},
    {"ShortMerge", "merges.txt", "ab\n"},
    {"AddedTokenGap", "added_tokens.json", R"({"<x>": 999})"},
    {"AddedTokenText", "added_tokens.json", R"({"<x>": "257"})"},
    {"SpecialNumber", "special_tokens_map.json", R"({"eos_token": 3})"},
};

INSTANTIATE_TEST_SUITE_P(Files, HostileTokenizerTest,
                         testing::ValuesIn(kHostileFiles),
                         [](const auto& file) { return file.param.name; });

TEST(TokenizerTest, MissingFilesAreAnIoError) {
  TemporaryFolder folder;
  const auto tokenizer = Tokenizer::open(folder.path());
  ASSERT_FALSE(tokenizer);
  EXPECT_EQ(tokenizer.error().code, ErrorCode::kIo);
}

TEST(TokenizerTest, AddedTokensContinueTheVocabulary) {
  TemporaryFolder folder;
  folder.write("vocab.json", byte_vocabulary().dump());
  folder.write("merges.txt", "a b\n");
  folder.write("added_tokens.json", R"({"<x>": 257, "<xy>": 258})");
  const auto tokenizer = Tokenizer::open(folder.path());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  // The longer token wins where both begin.
  EXPECT_EQ(*tokenizer->encode("ab<xy><x>"), (std::vector<int>{256, 258, 257}));
  EXPECT_EQ(*tokenizer->decode(std::vector<int>{258, 'a'}), "<xy>a");
}

TEST(TokenizerTest, InvalidUtf8NamesTheOffset) {
  const auto ids = open("models/baker-7m").encode("abc\xFF");
  ASSERT_FALSE(ids);
  EXPECT_EQ(ids.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(ids.error().message, HasSubstr("offset 3"));
}

TEST(TokenizerTest, IdsOutsideTheVocabularyAreRefused) {
  const Tokenizer tokenizer = open("models/baker-7m");
  for (const int id : {-1, 8192}) {
    const auto text = tokenizer.decode(std::vector<int>{id});
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, ErrorCode::kBadInput);
  }
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
  const Tokenizer tokenizer = open("tests/golden/gpt2-tokenizer");
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    const std::string text = random_text(random, 1 + random.below(60));
    const auto ids = tokenizer.encode(text);
    ASSERT_TRUE(ids);
    EXPECT_EQ(*tokenizer.decode(*ids), text);
  }
}

// The definition: while any pair can be merged, merge the one of lowest rank,
// the leftmost of equals.
std::vector<int> merged_slowly(const Merges& merges, std::string_view piece) {
  std::vector<int> ids;
  for (const char c : piece) ids.push_back(static_cast<uint8_t>(c));
  while (true) {
    std::optional<Merges::Merge> best;
    size_t place = 0;
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      const auto merge = merges.find(ids[i], ids[i + 1]);
      if (merge && (!best || merge->rank < best->rank)) {
        best = merge;
        place = i;
      }
    }
    if (!best) return ids;
    ids[place] = best->id;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  }
}

TEST(MergesTest, EqualsTheSlowDefinition) {
  // A dense random merge table over four letters.
  Random random(2);
  Merges merges;
  for (unsigned byte = 0; byte < 256; ++byte) {
    merges.set_byte(static_cast<uint8_t>(byte), static_cast<int>(byte));
  }
  std::vector<int> known = {'a', 'b', 'c', 'd'};
  for (int rank = 0; rank < 200; ++rank) {
    const int left = known[random.below(known.size())];
    const int right = known[random.below(known.size())];
    merges.add(left, right, {rank, 256 + rank});
    known.push_back(256 + rank);
  }
  for (int i = 0; i < 500; ++i) {
    std::string piece;
    const size_t length = 1 + random.below(50);
    for (size_t k = 0; k < length; ++k) {
      piece += static_cast<char>('a' + random.below(4));
    }
    std::vector<int> ids;
    merges.apply(piece, ids);
    EXPECT_EQ(ids, merged_slowly(merges, piece)) << piece;
  }
}

// A quadratic algorithm would need hours for these.
TEST(TokenizerTest, LongWordsTakeLinearTime) {
  const Tokenizer tokenizer = open("tests/golden/gpt2-tokenizer");
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
