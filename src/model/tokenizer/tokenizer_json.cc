#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "model/tokenizer/added_tokens.h"
#include "model/tokenizer/byte_alphabet.h"
#include "model/tokenizer/class_notes.h"
#include "model/tokenizer/definition.h"
#include "model/tokenizer/file_error.h"
#include "model/tokenizer/json_file.h"
#include "model/tokenizer/tokenizer_config.h"
#include "model/tokenizer/vocabulary_reader.h"

namespace excise {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// A simple value as JSON writes it.
std::string shown(const json& value) {
  return value.is_primitive() ? value.dump() : value.type_name();
}

// What other models are, and what to do without.
constexpr const char* kOnlyBpe =
    "tokenizers of other models (Unigram, WordPiece, WordLevel) are not read: "
    "excise sweep, median and generate take token ids with --ids";

Status check_model(const json& model, const fs::path& file) {
  struct Option {
    const char* key;
    std::vector<std::string> fine;  // null: not there
  };
  const std::vector<Option> options = {
      {"type", {"\"BPE\"", "null"}},
      {"dropout", {"null", "0.0", "0"}},
      {"continuing_subword_prefix", {"null", "\"\""}},
      {"end_of_word_suffix", {"null", "\"\""}},
      {"ignore_merges", {"false", "null", "true"}},
      {"byte_fallback", {"false", "null", "true"}},
      {"fuse_unk", {"false", "null", "true"}}};
  for (const auto& [key, fine] : options) {
    const std::string value = shown(member(model, key));
    if (std::find(fine.begin(), fine.end(), value) == fine.end()) {
      const bool type = key == std::string_view("type");
      return unsupported(file, std::string(key) + " " + fine.front(), value,
                         type ? kOnlyBpe : "");
    }
  }
  return {};
}

// What tokenizer_config.json says and tokenizer.json does not do.
Status note_differences(const fs::path& folder, const json& tree,
                        TokenizerDefinition& definition) {
  const json config = EXCISE_TRY(read_tokenizer_config(folder));
  const auto note = [&](const std::string& what) {
    definition.notes.push_back("tokenizer_config.json: " + what +
                               " is not followed, tokenizer.json decides");
  };
  const Vocabulary& vocabulary = definition.vocabulary;
  const PostProcessor& post = definition.post_processor;
  if (member(config, "add_bos_token") == true && post.before.empty())
    note("add_bos_token true");
  if (member(config, "add_bos_token") == false && !post.before.empty())
    note("add_bos_token false");
  if (member(config, "add_eos_token") == true && post.after.empty())
    note("add_eos_token true");
  if (member(config, "split_special_tokens") == true)
    note("split_special_tokens true");
  const json& prefix = member(config, "add_prefix_space");
  if (prefix.is_boolean() && definition.pre_tokenizer.has_byte_level() &&
      prefix != definition.pre_tokenizer.adds_prefix_space()) {
    note("add_prefix_space " + prefix.dump());
  }
  for (const char* tokens : {"added_tokens_decoder", "extra_special_tokens"}) {
    for (const auto& [id, token] : member(config, tokens).items()) {
      const json& content =
          token.is_object() ? member(token, "content") : token;
      if (content.is_string() &&
          !vocabulary.find(content.get_ref<const std::string&>())) {
        note("the added token " + content.get<std::string>());
      }
    }
  }
  for (std::string& other : class_notes(folder, config, tree))
    definition.notes.push_back(std::move(other));
  for (std::string& unknown : unknown_key_notes(config))
    definition.notes.push_back(std::move(unknown));
  return {};
}

// Text that has no token and is left out, which nothing else would tell.
void note_lost_text(TokenizerDefinition& definition) {
  const BpeOptions& model = definition.model;
  if (model.unknown || model.byte_fallback) return;
  if (!definition.pre_tokenizer.has_byte_level()) {
    definition.notes.push_back(
        "tokenizer.json: characters without a token are left out, since there "
        "is no unknown token");
    return;
  }
  size_t without = 0;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const auto entry = byte_character(static_cast<uint8_t>(byte));
    if (!definition.vocabulary.find_of_file(entry)) ++without;
  }
  if (without == 0) return;
  definition.notes.push_back(
      "tokenizer.json: " + std::to_string(without) +
      " of the 256 bytes have no token and are left out of every text, since "
      "there is no unknown token");
}

}  // namespace

Result<TokenizerDefinition> read_tokenizer_json(const fs::path& folder) {
  const fs::path file = folder / "tokenizer.json";
  VocabularyReader reader("/model/vocab", "/model/merges");
  EXCISE_CHECK(read_json(file, reader));
  const json& tree = reader.tree();
  const json& model = member(tree, "model");
  if (!model.is_object()) return bad_file(file, "a model", model.type_name());
  EXCISE_CHECK(check_model(model, file));
  if (!member(model, "vocab").is_object() ||
      !member(model, "merges").is_array()) {
    return bad_file(file, "a model with vocab and merges", "none");
  }
  // One by one: what a braced list has made is lost when a later part fails.
  auto entries =
      EXCISE_TRY(Vocabulary::create(std::move(reader.entries), file));
  auto normalizer =
      EXCISE_TRY(Normalizer::read(member(tree, "normalizer"), file));
  auto pre_tokenizer =
      EXCISE_TRY(PreTokenizer::read(member(tree, "pre_tokenizer"), file));
  auto post_processor = EXCISE_TRY(PostProcessor::read(tree, file));
  const json& decoding = member(tree, "decoder");
  auto decoder =
      EXCISE_TRY(Decoder::read(decoding, pre_tokenizer.is_of_bytes(), file));
  // One of bytes changes no text of a token.
  const std::string decoder_step =
      pre_tokenizer.is_of_bytes() ? "" : decoding.dump();
  TokenizerDefinition definition = {
      .file = file,
      .vocabulary = std::move(entries),
      .normalizer = std::move(normalizer),
      .pre_tokenizer = std::move(pre_tokenizer),
      .post_processor = std::move(post_processor),
      .decoder = std::move(decoder),
      .model = {.ignore_merges = member(model, "ignore_merges") == true,
                .byte_fallback = member(model, "byte_fallback") == true,
                .fuse_unknown = member(model, "fuse_unk") == true},
      .steps = member(tree, "normalizer").dump() +
               member(tree, "pre_tokenizer").dump() + decoder_step};
  Vocabulary& vocabulary = definition.vocabulary;
  size_t number = 0;
  for (const auto& [left, right] : reader.merges)
    EXCISE_CHECK(vocabulary.add_merge(left, right, file, ++number));
  const json& unknown = member(model, "unk_token");
  if (unknown.is_string()) definition.model.unknown = unknown;
  EXCISE_CHECK(add_tokens_of_tokenizer_json(member(tree, "added_tokens"), file,
                                            vocabulary));
  definition.notes = std::move(vocabulary.notes);
  note_lost_text(definition);
  EXCISE_CHECK(note_differences(folder, tree, definition));
  return definition;
}

Result<TokenizerDefinition> read_definition(const fs::path& folder) {
  return is_there(folder / "tokenizer.json") ? read_tokenizer_json(folder)
                                             : read_gpt2_files(folder);
}

}  // namespace excise
