#include <string>
#include <utility>

#include "io/utf8.h"
#include "model/tokenizer/file_error.h"
#include "model/tokenizer/json_file.h"
#include "model/tokenizer/pre_tokenizer.h"
#include "model/tokenizer/unicode_classes.h"

namespace excise {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// What char::is_whitespace, is_numeric and is_punc of tokenizers take.
constexpr const char* kSpace = R"(\s)";

std::string numeric() {
  return R"([\p{N})" + std::string(unicode::kNewerNumbers) + "]";
}

std::string punctuation() {
  return "(?![" + std::string(unicode::kNoPunctuation) +
         unicode::kNewPunctuation + R"(])[!-/:-@\[-`{-~\p{P}]|[)" +
         unicode::kOldPunctuation + "]";
}

std::string words_and_signs() {
  const std::string word = word_characters(WordsOf::kRust);
  return "[" + word + "]+|[^\\s" + word + "]+";
}

Result<bool> flag(const json& part, const char* key, bool otherwise,
                  const fs::path& file) {
  const json& value = member(part, key);
  if (value.is_null()) return otherwise;
  if (!value.is_boolean()) {
    return bad_file(file, std::string(key) + " true or false",
                    value.type_name());
  }
  return value.get<bool>();
}

}  // namespace

Result<PreTokenizer> PreTokenizer::gpt2(bool add_prefix_space) {
  return read({{"type", "ByteLevel"}, {"add_prefix_space", add_prefix_space}},
              "GPT-2");
}

Result<PreTokenizer> PreTokenizer::read(const json& part,
                                        const fs::path& file) {
  PreTokenizer out;
  if (!part.is_null()) EXCISE_CHECK(out.add(part, file));
  return out;
}

Status PreTokenizer::add(const json& part, const fs::path& file) {
  const std::string type = part_name(part);
  using Behavior = Splitter::Behavior;
  const auto step = [&](const std::string& pattern, Behavior behavior,
                        bool invert = false) -> Status {
    steps_.emplace_back(
        Splitter(EXCISE_TRY(Regex::compile(pattern, file)), behavior, invert));
    return {};
  };
  if (type == "Sequence") {
    const json& parts = member(part, "pretokenizers");
    if (!parts.is_array())
      return bad_file(file, "a list as pretokenizers", parts.type_name());
    for (const json& one : parts) EXCISE_CHECK(add(one, file));
    return {};
  }
  if (type == "ByteLevel") return add_byte_level(part, file);
  if (type == "Metaspace") return add_metaspace(part, file);
  if (type == "Split") return add_split(part, file);
  if (type == "Digits") {
    return step(numeric(),
                EXCISE_TRY(flag(part, "individual_digits", false, file))
                    ? Behavior::kIsolated
                    : Behavior::kContiguous);
  }
  if (type == "Punctuation") {
    return step(punctuation(), EXCISE_TRY(Splitter::behavior(part, file)));
  }
  if (type == "Whitespace")
    return step(words_and_signs(), Behavior::kRemoved, true);
  if (type == "WhitespaceSplit") return step(kSpace, Behavior::kRemoved);
  if (type == "BertPreTokenizer") {
    EXCISE_CHECK(step(kSpace, Behavior::kRemoved));
    return step(punctuation(), Behavior::kIsolated);
  }
  if (type == "CharDelimiterSplit") {
    const json& delimiter = member(part, "delimiter");
    if (!delimiter.is_string() || delimiter.get<std::string>().empty())
      return bad_file(file, "a character as delimiter", delimiter.dump());
    steps_.emplace_back(
        Splitter(EXCISE_TRY(Regex::literal(delimiter.get<std::string>(), file)),
                 Behavior::kRemoved));
    return {};
  }
  return unsupported(file,
                     "a pre_tokenizer of ByteLevel, Metaspace, Split, Digits "
                     "and others that docs/formats.md names",
                     type);
}

Status PreTokenizer::add_split(const json& part, const fs::path& file) {
  const json& pattern = member(part, "pattern");
  const json& plain = member(pattern, "String");
  const json& regex = member(pattern, "Regex");
  if (!plain.is_string() && !regex.is_string())
    return bad_file(file, "a pattern with String or Regex", pattern.dump());
  const auto how = EXCISE_TRY(Splitter::behavior(part, file));
  const bool invert = EXCISE_TRY(flag(part, "invert", false, file));
  if (plain.is_string() && plain.get<std::string>().empty()) return {};
  steps_.emplace_back(
      Splitter(plain.is_string()
                   ? EXCISE_TRY(Regex::literal(plain.get<std::string>(), file))
                   : EXCISE_TRY(Regex::compile(regex.get<std::string>(), file)),
               how, invert));
  return {};
}

Status PreTokenizer::add_byte_level(const json& part, const fs::path& file) {
  ByteLevel step;
  step.add_prefix_space =
      EXCISE_TRY(flag(part, "add_prefix_space", true, file));
  if (EXCISE_TRY(flag(part, "use_regex", true, file)))
    step.regex = EXCISE_TRY(Regex::gpt2());
  steps_.emplace_back(std::move(step));
  return {};
}

// Files of before prepend_scheme have add_prefix_space alone.
Status PreTokenizer::add_metaspace(const json& part, const fs::path& file) {
  using Prepend = Metaspace::Prepend;
  const json& sign = member(part, "replacement");
  if (!sign.is_string() ||
      character_count(sign.get_ref<const std::string&>()) != 1) {
    return bad_file(file, "a character as replacement", sign.dump());
  }
  Metaspace step = {sign.get<std::string>(), Prepend::kAlways, {}};
  const json& scheme = member(part, "prepend_scheme");
  if (scheme == "first") {
    step.prepend = Prepend::kFirst;
  } else if (scheme == "never") {
    step.prepend = Prepend::kNever;
  } else if (!scheme.is_null() && scheme != "always") {
    return bad_file(file, "prepend_scheme always, first or never",
                    scheme.dump());
  }
  if (step.prepend != Prepend::kNever &&
      !EXCISE_TRY(flag(part, "add_prefix_space", true, file))) {
    return bad_file(file, "prepend_scheme never with add_prefix_space false",
                    scheme.is_null() ? "none" : scheme.dump());
  }
  if (EXCISE_TRY(flag(part, "split", true, file))) {
    step.splitter = Splitter(EXCISE_TRY(Regex::literal(step.replacement, file)),
                             Splitter::Behavior::kMergedWithNext);
  }
  steps_.emplace_back(std::move(step));
  return {};
}

}  // namespace excise
