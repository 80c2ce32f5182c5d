#include "model/tokenizer/vocabulary.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "io/text_file.h"

namespace excise {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::string_view kEndOfText = "<|endoftext|>";
constexpr int kLargestId = 1 << 24;

tl::unexpected<Error> bad(ErrorCode code, const fs::path& path,
                          std::string expected, std::string found) {
  return fail(code, {.where = "tokenizer",
                     .subject = path.string(),
                     .expected = std::move(expected),
                     .found = std::move(found)});
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// vocab.json is large and flat, so its entries are taken as they are read.
class FlatVocabularyReader : public nlohmann::json_sax<json> {
 public:
  std::vector<std::pair<std::string, int>> entries;
  std::string problem;

  bool key(string_t& value) override {
    entries.emplace_back(std::move(value), -1);
    return true;
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (entries.empty() || !inside_) return unexpected("a number");
    if (value >= kLargestId)
      return unexpected("the id " + std::to_string(value));
    entries.back().second = static_cast<int>(value);
    return true;
  }
  bool start_object(size_t) override {
    if (inside_) return unexpected("an object");
    inside_ = true;
    return true;
  }
  bool end_object() override { return true; }
  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a boolean"); }
  bool number_integer(number_integer_t) override {
    return unexpected("a negative id");
  }
  bool number_float(number_float_t, const string_t&) override {
    return unexpected("a fraction");
  }
  bool string(string_t&) override { return unexpected("a string"); }
  bool binary(binary_t&) override { return unexpected("binary data"); }
  bool start_array(size_t) override { return unexpected("a list"); }
  bool end_array() override { return true; }
  bool parse_error(size_t, const std::string&,
                   const json::exception& error) override {
    problem = error.what();
    return false;
  }

 private:
  bool unexpected(const std::string& what) {
    problem = what;
    if (!entries.empty()) problem += " at entry " + entries.back().first;
    return false;
  }
  bool inside_ = false;
};

// Entries by id; every id from 0 on exactly once.
Result<std::vector<std::string>> by_id(
    std::vector<std::pair<std::string, int>> entries, const fs::path& path) {
  std::vector<std::string> names(entries.size());
  std::vector<bool> seen(entries.size());
  for (auto& [name, id] : entries) {
    const auto index = static_cast<size_t>(id);
    if (id < 0 || index >= names.size()) {
      return bad(
          ErrorCode::kBadFile, path,
          "ids from 0 to " + std::to_string(names.size() - 1) + " without gaps",
          "the id " + std::to_string(id) + " of entry " + name);
    }
    if (seen[index]) {
      return bad(ErrorCode::kBadFile, path, "each id once",
                 "the id " + std::to_string(id) + " again, of entry " + name);
    }
    seen[index] = true;
    names[index] = std::move(name);
  }
  return names;
}

Result<json> read_json(const fs::path& path) {
  const std::string text = EXCISE_TRY(read_text_file(path));
  // The parser keeps its own stack, so deep nesting only costs memory.
  json value = json::parse(text, nullptr, false);
  if (!value.is_object()) {
    return bad(ErrorCode::kBadFile, path, "a JSON object", "something else");
  }
  return value;
}

Result<std::pair<std::string, std::string>> parse_merge(std::string_view line,
                                                        const fs::path& path) {
  const size_t space = line.find(' ');
  if (space == std::string_view::npos || space == 0 ||
      space + 1 == line.size() ||
      line.find(' ', space + 1) != std::string_view::npos) {
    return bad(ErrorCode::kBadFile, path, "merges of two entries",
               std::string(line.substr(0, 100)));
  }
  return std::pair{std::string(line.substr(0, space)),
                   std::string(line.substr(space + 1))};
}

Status read_gpt2_files(const fs::path& folder, Vocabulary& vocabulary) {
  const fs::path vocab = folder / "vocab.json";
  const std::string text = EXCISE_TRY(read_text_file(vocab));
  FlatVocabularyReader reader;
  if (!json::sax_parse(text, &reader)) {
    return bad(ErrorCode::kBadFile, vocab, "a JSON object of ids",
               reader.problem);
  }
  vocabulary.entries = EXCISE_TRY(by_id(std::move(reader.entries), vocab));

  const fs::path merges = folder / "merges.txt";
  const std::string lines = EXCISE_TRY(read_text_file(merges));
  size_t begin = 0;
  while (begin < lines.size()) {
    const size_t end = std::min(lines.find('\n', begin), lines.size());
    std::string_view line(lines.data() + begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool heading = begin == 0 && line.starts_with("#version");
    begin = end + 1;
    if (line.empty() || heading) continue;
    vocabulary.merges.push_back(EXCISE_TRY(parse_merge(line, merges)));
  }
  return {};
}

// Options of tokenizer.json that would change the ids.
Status refuse_unsupported(const json& file, const fs::path& path) {
  const auto unsupported = [&](const std::string& what) {
    return bad(ErrorCode::kUnsupported, path,
               "GPT-2's byte-level BPE as GPT2TokenizerFast writes it", what);
  };
  const auto value = [&](const json& object, const char* key) {
    return object.is_object() && object.contains(key) ? object[key] : json();
  };
  const json model = value(file, "model");
  if (value(model, "type") != "BPE" && !value(model, "type").is_null()) {
    return unsupported("another model type");
  }
  if (!value(file, "normalizer").is_null()) return unsupported("a normalizer");
  const json split = value(file, "pre_tokenizer");
  if (value(split, "type") != "ByteLevel" ||
      value(split, "add_prefix_space") == true ||
      value(split, "use_regex") == false) {
    return unsupported("another pre_tokenizer");
  }
  for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    const json text = value(model, key);
    if (!text.is_null() && text != "") return unsupported(key);
  }
  for (const char* key : {"byte_fallback", "ignore_merges"}) {
    if (value(model, key) == true) return unsupported(key);
  }
  const json dropout = value(model, "dropout");
  if (!dropout.is_null() && dropout != 0.0) return unsupported("dropout");
  const json after = value(file, "post_processor");
  if (!after.is_null() && value(after, "type") != "ByteLevel") {
    return unsupported("a post_processor that adds tokens");
  }
  return {};
}

Status read_tokenizer_json(const fs::path& path, const json& file,
                           Vocabulary& vocabulary) {
  EXCISE_CHECK(refuse_unsupported(file, path));
  if (!file.contains("model") || !file["model"].contains("vocab") ||
      !file["model"]["vocab"].is_object() ||
      !file["model"].contains("merges") ||
      !file["model"]["merges"].is_array()) {
    return bad(ErrorCode::kBadFile, path, "a model with vocab and merges",
               "none");
  }
  std::vector<std::pair<std::string, int>> entries;
  for (const auto& [name, id] : file["model"]["vocab"].items()) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() >= kLargestId) {
      return bad(ErrorCode::kBadFile, path, "a valid id for entry " + name,
                 id.dump());
    }
    entries.emplace_back(name, id.get<int>());
  }
  vocabulary.entries = EXCISE_TRY(by_id(std::move(entries), path));
  for (const json& merge : file["model"]["merges"]) {
    if (merge.is_string()) {
      vocabulary.merges.push_back(
          EXCISE_TRY(parse_merge(merge.get<std::string>(), path)));
    } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() &&
               merge[1].is_string()) {
      vocabulary.merges.emplace_back(merge[0], merge[1]);
    } else {
      return bad(ErrorCode::kBadFile, path, "merges of two entries",
                 merge.type_name());
    }
  }
  return {};
}

// Adds special tokens, checking them against the vocabulary.
class SpecialTokens {
 public:
  explicit SpecialTokens(Vocabulary& vocabulary) : vocabulary_(vocabulary) {
    for (size_t id = 0; id < vocabulary.entries.size(); ++id) {
      ids_.emplace(vocabulary.entries[id], static_cast<int>(id));
    }
  }

  // A token that must already have an id, as a string or {"content": ...}.
  Status add_named(const json& token, const fs::path& path) {
    if (token.is_null()) return {};
    if (token.is_object()) EXCISE_CHECK(refuse_options(token, path));
    const json& content = token.is_object() && token.contains("content")
                              ? token["content"]
                              : token;
    if (!content.is_string()) {
      return bad(ErrorCode::kBadFile, path, "special tokens as text",
                 token.type_name());
    }
    const auto found = ids_.find(content.get<std::string>());
    if (found != ids_.end()) {
      vocabulary_.special_tokens[found->first] = found->second;
    }
    return {};
  }

  // A token with its id, which may continue the vocabulary.
  Status add_with_id(const std::string& content, int64_t id,
                     const fs::path& path) {
    const auto known = ids_.find(content);
    if (known != ids_.end() && known->second == id) {
      vocabulary_.special_tokens[content] = known->second;
      return {};
    }
    if (known != ids_.end() || content.empty() ||
        id != static_cast<int64_t>(vocabulary_.entries.size())) {
      return bad(ErrorCode::kBadFile, path,
                 "added tokens that continue the vocabulary",
                 content + " with the id " + std::to_string(id));
    }
    vocabulary_.entries.push_back(content);
    ids_.emplace(content, static_cast<int>(id));
    vocabulary_.special_tokens[content] = static_cast<int>(id);
    return {};
  }

  static Status refuse_options(const json& token, const fs::path& path) {
    for (const char* option : {"lstrip", "rstrip", "single_word"}) {
      if (token.contains(option) && token[option] == true) {
        return bad(ErrorCode::kUnsupported, path,
                   std::string("added tokens without ") + option,
                   token.dump(-1, ' ', true, json::error_handler_t::replace));
      }
    }
    return {};
  }

  // [{"id": 7, "content": "..."}, ...] in ascending order of ids.
  Status add_list(std::vector<json> tokens, const fs::path& path) {
    for (const json& token : tokens) {
      if (!token.is_object() || !token.contains("content") ||
          !token["content"].is_string() || !token.contains("id") ||
          !token["id"].is_number_integer()) {
        return bad(ErrorCode::kBadFile, path,
                   "added tokens with id and content", token.type_name());
      }
      EXCISE_CHECK(refuse_options(token, path));
    }
    std::sort(tokens.begin(), tokens.end(), [](const json& a, const json& b) {
      return a["id"].get<int64_t>() < b["id"].get<int64_t>();
    });
    for (const json& token : tokens) {
      EXCISE_CHECK(
          add_with_id(token["content"], token["id"].get<int64_t>(), path));
    }
    return {};
  }

 private:
  Vocabulary& vocabulary_;
  std::map<std::string, int> ids_;
};

Status read_side_files(const fs::path& folder, SpecialTokens& special) {
  const fs::path added = folder / "added_tokens.json";
  if (is_there(added)) {
    std::vector<json> tokens;
    const json file = EXCISE_TRY(read_json(added));
    for (const auto& [content, id] : file.items()) {
      tokens.push_back({{"content", content}, {"id", id}});
    }
    EXCISE_CHECK(special.add_list(std::move(tokens), added));
  }
  for (const char* name :
       {"tokenizer_config.json", "special_tokens_map.json"}) {
    const fs::path path = folder / name;
    if (!is_there(path)) continue;
    const json file = EXCISE_TRY(read_json(path));
    if (file.contains("add_prefix_space") && file["add_prefix_space"] == true) {
      return bad(ErrorCode::kUnsupported, path, "add_prefix_space false",
                 "true");
    }
    if (file.contains("added_tokens_decoder") &&
        file["added_tokens_decoder"].is_object()) {
      std::vector<json> tokens;
      for (const auto& [id, token] : file["added_tokens_decoder"].items()) {
        json entry = token;
        const bool number = !id.empty() && id.size() < 9 &&
                            std::all_of(id.begin(), id.end(), [](char c) {
                              return c >= '0' && c <= '9';
                            });
        if (entry.is_object() && number) entry["id"] = std::stoi(id);
        tokens.push_back(std::move(entry));
      }
      EXCISE_CHECK(special.add_list(std::move(tokens), path));
    }
    for (const char* key :
         {"bos_token", "eos_token", "unk_token", "pad_token"}) {
      if (file.contains(key)) EXCISE_CHECK(special.add_named(file[key], path));
    }
  }
  return {};
}

}  // namespace

Result<Vocabulary> read_vocabulary(const fs::path& folder) {
  Vocabulary vocabulary;
  std::vector<json> added;
  const fs::path whole = folder / "tokenizer.json";
  if (is_there(folder / "vocab.json") || !is_there(whole)) {
    EXCISE_CHECK(read_gpt2_files(folder, vocabulary));
  } else {
    const json file = EXCISE_TRY(read_json(whole));
    EXCISE_CHECK(read_tokenizer_json(whole, file, vocabulary));
    if (file.contains("added_tokens") && file["added_tokens"].is_array()) {
      added.assign(file["added_tokens"].begin(), file["added_tokens"].end());
    }
  }
  SpecialTokens special(vocabulary);
  EXCISE_CHECK(special.add_list(std::move(added), whole));
  EXCISE_CHECK(read_side_files(folder, special));
  if (vocabulary.special_tokens.empty()) {
    EXCISE_CHECK(special.add_named(json(kEndOfText), folder));
  }
  return vocabulary;
}

}  // namespace excise
