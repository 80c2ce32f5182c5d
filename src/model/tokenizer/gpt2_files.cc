#include <algorithm>
#include <array>

#include "io/text_file.h"
#include "model/tokenizer/added_tokens.h"
#include "model/tokenizer/definition.h"
#include "model/tokenizer/file_error.h"
#include "model/tokenizer/tokenizer_config.h"
#include "model/tokenizer/vocabulary_reader.h"

namespace excise {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// As Transformers' GPT2Tokenizer reads it: between the first line, whatever it
// says, and what stands behind the last line's end.
Status read_merges(const fs::path& path, Vocabulary& vocabulary) {
  const std::string text = EXCISE_TRY(read_text_file(path));
  // A tokenizer of single bytes still has the heading.
  if (text.empty()) return bad_file(path, "merges", "an empty file");
  if (const auto offset = first_invalid_utf8(text)) {
    return bad_file(path, "UTF-8",
                    "another byte at offset " + std::to_string(*offset));
  }
  size_t number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line(text.data() + begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool heading = begin == 0;
    const bool unended = end == text.size();
    begin = end + 1;
    if (line.empty()) continue;
    if (heading || unended) {
      if (line.find("#version") == std::string_view::npos) {
        vocabulary.notes.push_back(
            "merges.txt: the " + std::string(heading ? "first" : "last") +
            " line is left out, as Transformers does" +
            (heading ? ", although it is no heading" : ""));
      }
      continue;
    }
    ++number;
    const auto merge = split_merge(line);
    if (!merge) {
      return bad_file(
          path, "two entries and a space between in each line",
          "merge " + std::to_string(number) + ": " + std::string(line));
    }
    EXCISE_CHECK(
        vocabulary.add_merge(merge->first, merge->second, path, number));
  }
  return {};
}

// Classes that tokenize as GPT-2 does.
constexpr std::array<std::string_view, 6> kKnownClasses = {
    "GPT2Tokenizer",    "GPT2TokenizerFast",    "PreTrainedTokenizerFast",
    "CodeGenTokenizer", "CodeGenTokenizerFast", "AutoTokenizer"};

// What would change the ids of tokenizer_config.json.
Status refuse_unsupported(const json& config, const fs::path& file) {
  // Transformers leaves add_eos_token of a GPT-2 aside.
  if (member(config, "split_special_tokens") == true)
    return unsupported(file, "split_special_tokens false", "true");
  const json& name = member(config, "tokenizer_class");
  if (name.is_string() &&
      std::find(kKnownClasses.begin(), kKnownClasses.end(),
                name.get_ref<const std::string&>()) == kKnownClasses.end()) {
    return unsupported(file, "GPT2Tokenizer as tokenizer_class",
                       name.get<std::string>());
  }
  return {};
}

// The token that add_bos_token puts in front.
std::optional<int> bos(const json& config, const Vocabulary& vocabulary) {
  if (member(config, "add_bos_token") != true) return std::nullopt;
  const json& token = member(config, "bos_token");
  const json& content = token.is_object() ? member(token, "content") : token;
  return vocabulary.find(content.is_string() ? content.get<std::string>()
                                             : "<|endoftext|>");
}

}  // namespace

Result<TokenizerDefinition> read_gpt2_files(const fs::path& folder) {
  const fs::path path = folder / "vocab.json";
  VocabularyReader reader("", "no merges");
  EXCISE_CHECK(read_json(path, reader));
  Vocabulary vocabulary =
      EXCISE_TRY(Vocabulary::create(std::move(reader.entries), path));
  EXCISE_CHECK(read_merges(folder / "merges.txt", vocabulary));
  const fs::path config_path = folder / "tokenizer_config.json";
  const json config = EXCISE_TRY(read_tokenizer_config(folder));
  EXCISE_CHECK(refuse_unsupported(config, config_path));
  EXCISE_CHECK(add_tokens_beside_vocab(config, folder, vocabulary));
  const bool prefix = member(config, "add_prefix_space") == true;
  auto pre_tokenizer = EXCISE_TRY(PreTokenizer::gpt2(prefix));
  auto decoder = EXCISE_TRY(Decoder::read(nullptr, true, path));
  TokenizerDefinition definition = {.file = path,
                                    .vocabulary = std::move(vocabulary),
                                    .normalizer = {},
                                    .pre_tokenizer = std::move(pre_tokenizer),
                                    .post_processor = {},
                                    .decoder = std::move(decoder)};
  // As tokenizer.json has it where Transformers saves this tokenizer.
  definition.steps = "null" + json{{"type", "ByteLevel"},
                                   {"add_prefix_space", prefix},
                                   {"trim_offsets", true},
                                   {"use_regex", true}}
                                  .dump();
  definition.notes = std::move(definition.vocabulary.notes);
  for (std::string& note : unknown_key_notes(config))
    definition.notes.push_back(std::move(note));
  if (const auto id = bos(config, definition.vocabulary))
    definition.post_processor.before.push_back(*id);
  return definition;
}

}  // namespace excise
