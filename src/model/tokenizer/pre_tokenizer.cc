#include "model/tokenizer/pre_tokenizer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "model/tokenizer/file_error.h"
#include "model/tokenizer/json_file.h"

namespace excise {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// What char::is_whitespace, is_numeric and is_punc of tokenizers take.
constexpr const char* kSpace = R"(\s)";
constexpr const char* kNumeric = R"(\p{N})";
constexpr const char* kPunctuation = R"([!-/:-@\[-`{-~\p{P}])";
constexpr const char* kWordsAndSigns = R"(\w+|[^\w\s]+)";

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

std::optional<PreTokenizer::Behavior> PreTokenizer::behavior(const json& name) {
  if (name.is_null() || name == "Isolated") return Behavior::kIsolated;
  if (name == "Removed") return Behavior::kRemoved;
  if (name == "Contiguous") return Behavior::kContiguous;
  if (name == "MergedWithPrevious") return Behavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return Behavior::kMergedWithNext;
  return std::nullopt;
}

Result<PreTokenizer> PreTokenizer::gpt2(bool add_prefix_space) {
  return read({{"type", "ByteLevel"}, {"add_prefix_space", add_prefix_space}},
              "GPT-2");
}

Result<PreTokenizer> PreTokenizer::read(const json& part,
                                        const fs::path& file) {
  PreTokenizer out;
  EXCISE_CHECK(out.add(part, true, file));
  if (!out.ends_in_bytes_) {
    return unsupported(file, "a pre_tokenizer that ends in ByteLevel",
                       part_name(part));
  }
  return out;
}

Status PreTokenizer::add(const json& part, bool last, const fs::path& file) {
  const std::string type = part_name(part);
  const auto step = [&](const char* pattern, Behavior behavior,
                        bool invert = false) -> Status {
    steps_.push_back(
        {EXCISE_TRY(Regex::compile(pattern, file)), behavior, invert});
    return {};
  };
  if (type == "Sequence") {
    const json& parts = member(part, "pretokenizers");
    if (!parts.is_array())
      return bad_file(file, "a list as pretokenizers", parts.type_name());
    for (size_t i = 0; i < parts.size(); ++i)
      EXCISE_CHECK(add(parts[i], last && i + 1 == parts.size(), file));
    return {};
  }
  if (type == "ByteLevel") return add_byte_level(part, last, file);
  if (type == "Split") return add_split(part, file);
  if (type == "Digits") {
    return step(kNumeric,
                EXCISE_TRY(flag(part, "individual_digits", false, file))
                    ? Behavior::kIsolated
                    : Behavior::kContiguous);
  }
  if (type == "Punctuation") {
    const auto how = behavior(member(part, "behavior"));
    if (!how) {
      return bad_file(file, "a behavior of Punctuation",
                      member(part, "behavior").dump());
    }
    return step(kPunctuation, *how);
  }
  if (type == "Whitespace")
    return step(kWordsAndSigns, Behavior::kRemoved, true);
  if (type == "WhitespaceSplit") return step(kSpace, Behavior::kRemoved);
  if (type == "BertPreTokenizer") {
    EXCISE_CHECK(step(kSpace, Behavior::kRemoved));
    return step(kPunctuation, Behavior::kIsolated);
  }
  if (type == "CharDelimiterSplit") {
    const json& delimiter = member(part, "delimiter");
    if (!delimiter.is_string() || delimiter.get<std::string>().empty())
      return bad_file(file, "a character as delimiter", delimiter.dump());
    steps_.push_back(
        {EXCISE_TRY(Regex::literal(delimiter.get<std::string>(), file)),
         Behavior::kRemoved, false});
    return {};
  }
  return unsupported(file,
                     "a pre_tokenizer of ByteLevel, Split, Digits and others "
                     "that cut text",
                     type);
}

Status PreTokenizer::add_split(const json& part, const fs::path& file) {
  const json& pattern = member(part, "pattern");
  const json& plain = member(pattern, "String");
  const json& regex = member(pattern, "Regex");
  if (!plain.is_string() && !regex.is_string())
    return bad_file(file, "a pattern with String or Regex", pattern.dump());
  const auto how = behavior(member(part, "behavior"));
  if (!how) {
    return bad_file(file, "a behavior of Split",
                    member(part, "behavior").dump());
  }
  const bool invert = EXCISE_TRY(flag(part, "invert", false, file));
  if (plain.is_string() && plain.get<std::string>().empty()) return {};
  steps_.push_back(
      {plain.is_string()
           ? EXCISE_TRY(Regex::literal(plain.get<std::string>(), file))
           : EXCISE_TRY(Regex::compile(regex.get<std::string>(), file)),
       *how, invert});
  return {};
}

Status PreTokenizer::add_byte_level(const json& part, bool last,
                                    const fs::path& file) {
  if (!last) {
    return unsupported(file, "ByteLevel as the last pre_tokenizer",
                       "others behind it");
  }
  ends_in_bytes_ = true;
  add_prefix_space_ = EXCISE_TRY(flag(part, "add_prefix_space", true, file));
  if (EXCISE_TRY(flag(part, "use_regex", true, file)))
    byte_level_ = EXCISE_TRY(Regex::gpt2());
  return {};
}

Result<std::vector<PreTokenizer::Segment>> PreTokenizer::segments(
    const Step& step, std::string_view text) {
  std::vector<Segment> all;
  size_t end = 0;
  Regex::Matches matches(step.regex, text);
  while (const auto match = EXCISE_TRY(matches.next())) {
    if (match->begin > end) all.push_back({end, match->begin, step.invert});
    all.push_back({match->begin, match->end, !step.invert});
    end = match->end;
  }
  if (end < text.size()) all.push_back({end, text.size(), step.invert});
  std::vector<Segment> out;
  bool previous = false;
  switch (step.behavior) {
    case Behavior::kIsolated:
      return all;
    case Behavior::kRemoved:
      std::erase_if(all,
                    [](const Segment& segment) { return segment.is_match; });
      return all;
    case Behavior::kContiguous:
      for (const Segment& segment : all) {
        if (segment.is_match == previous && !out.empty()) {
          out.back().end = segment.end;
        } else {
          out.push_back(segment);
        }
        previous = segment.is_match;
      }
      return out;
    case Behavior::kMergedWithPrevious:
      for (const Segment& segment : all) {
        if (segment.is_match && !previous && !out.empty()) {
          out.back().end = segment.end;
        } else {
          out.push_back(segment);
        }
        previous = segment.is_match;
      }
      return out;
    case Behavior::kMergedWithNext:
      for (size_t i = all.size(); i-- > 0;) {
        if (all[i].is_match && !previous && !out.empty()) {
          out.back().begin = all[i].begin;
        } else {
          out.push_back(all[i]);
        }
        previous = all[i].is_match;
      }
      std::ranges::reverse(out);
      return out;
  }
  return all;
}

Status PreTokenizer::split_bytes(std::string_view text,
                                 const PieceCallback& piece) const {
  const bool prefix = add_prefix_space_ && !text.starts_with(' ');
  if (!byte_level_) {
    piece(text, prefix);
    return {};
  }
  // A blank in front would join the first piece or stand alone: cut with it.
  std::string prefixed;
  if (prefix) prefixed = " " + std::string(text);
  Regex::Matches matches(*byte_level_,
                         prefix ? std::string_view(prefixed) : text);
  const size_t shift = prefix ? 1 : 0;
  size_t end = 0;
  while (const auto match = EXCISE_TRY(matches.next())) {
    // Every character is matched by some alternative, so there are no gaps.
    end = match->end - shift;
    const bool first = match->begin < shift;
    const size_t begin = first ? 0 : match->begin - shift;
    piece(text.substr(begin, end - begin), first);
  }
  return {};
}

Status PreTokenizer::split_from(size_t step, std::string_view text,
                                const PieceCallback& piece) const {
  if (text.empty()) return {};
  if (step == steps_.size()) return split_bytes(text, piece);
  for (const auto& [begin, end, is_match] :
       EXCISE_TRY(segments(steps_[step], text))) {
    EXCISE_CHECK(split_from(step + 1, text.substr(begin, end - begin), piece));
  }
  return {};
}

Status PreTokenizer::split(std::string_view text,
                           const PieceCallback& piece) const {
  return split_from(0, text, piece);
}

}  // namespace excise
