#include "experiment/lesion/sentence_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "experiment/common/words.h"
#include "io/table_text.h"
#include "io/text_file.h"
#include "io/utf8.h"
#include "model/tokenizer/regex.h"

namespace excise {
namespace {

constexpr size_t kMaxPairs = 100'000;

tl::unexpected<Error> bad_line(std::string_view source, size_t line,
                               std::string expected, std::string found,
                               std::string hint = {}) {
  return fail(ErrorCode::kBadFile,
              {.where = "pairs",
               .subject = fmt::format("{}, line {}", source, line),
               .expected = std::move(expected),
               .found = std::move(found),
               .hint = std::move(hint)});
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// Letters and digits with the marks and joiners behind them; all else, of
// whatever script, is a sign.
constexpr const char* kWord = R"([\p{L}\p{Nd}\p{Nl}][\p{M}\x{200C}\x{200D}]*)";

// What stands between two blanks, by its characters.
struct Field {
  std::string_view text;  // valid UTF-8
  std::vector<std::string_view> characters;
  std::vector<bool> of_word;
};

Result<Field> field_of(std::string_view text, const Regex& word) {
  Field field{text, {}, {}};
  Regex::Matches matches(word, text);
  auto match = EXCISE_TRY(matches.next());
  for (size_t at = 0; at < text.size();) {
    while (match && match->end <= at) match = EXCISE_TRY(matches.next());
    field.of_word.push_back(match && match->begin <= at);
    field.characters.push_back(
        text.substr(at, first_character(text.substr(at)).length));
    at += field.characters.back().size();
  }
  return field;
}

// Characters [begin, end).
struct CharacterRange {
  size_t begin;
  size_t end;
};

// The word around what differs: without signs at its ends, with the letters
// that both have in common.
CharacterRange word_around(const Field& field, CharacterRange range) {
  const std::vector<bool>& of_word = field.of_word;
  while (range.begin < range.end && !of_word[range.begin]) ++range.begin;
  while (range.end > range.begin && !of_word[range.end - 1]) --range.end;
  while (range.begin > 0 && of_word[range.begin - 1]) --range.begin;
  while (range.end < of_word.size() && of_word[range.end]) ++range.end;
  return range;
}

// Whether it is more than one word: apostrophes, full stops and single hyphens
// may stand within one.
bool has_gap(const Field& field, const CharacterRange& range) {
  for (size_t i = range.begin; i < range.end; ++i) {
    if (field.of_word[i]) continue;
    const std::string_view sign = field.characters[i];
    const bool inner = sign == "'" || sign == "\u2019" || sign == "." ||
                       sign == "-" || sign == "\u2010";
    if (!inner || !field.of_word[i + 1]) return true;
  }
  return false;
}

PairSide side_of(std::string_view sentence, const Field& field,
                 const CharacterRange& range) {
  PairSide side{std::string(sentence), 0, 0};
  const auto offset = static_cast<size_t>(field.text.data() - sentence.data());
  const auto bytes = [&](size_t count) {
    size_t size = 0;
    for (size_t i = 0; i < count; ++i) size += field.characters[i].size();
    return size;
  };
  side.word_begin = offset + bytes(range.begin);
  side.word_end = offset + bytes(range.end);
  return side;
}

Result<SentencePair> pair_of(std::string_view first, std::string_view second,
                             std::string_view source, size_t line,
                             const Regex& word) {
  const auto a = split(first, ' ');
  const auto b = split(second, ' ');
  constexpr const char* kExpected = "two sentences that differ in one word";
  if (a.size() != b.size()) {
    return bad_line(source, line, kExpected,
                    fmt::format("{} and {} words", a.size(), b.size()));
  }
  std::vector<size_t> differing;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) differing.push_back(i);
  }
  if (differing.empty()) {
    return bad_line(source, line, kExpected, "the same sentence twice");
  }
  if (differing.size() > 1) {
    std::string words;
    for (const size_t i : differing) {
      words += fmt::format("{}{} / {}", words.empty() ? "" : ", ", a[i], b[i]);
      if (words.size() > 60) break;
    }
    return bad_line(source, line, kExpected,
                    fmt::format("{} that differ: {}", differing.size(), words));
  }
  // Where the two begin and cease to differ.
  const Field field_a = EXCISE_TRY(field_of(a[differing[0]], word));
  const Field field_b = EXCISE_TRY(field_of(b[differing[0]], word));
  const auto& text_a = field_a.characters;
  const auto& text_b = field_b.characters;
  const size_t shorter = std::min(text_a.size(), text_b.size());
  size_t before = 0;
  while (before < shorter && text_a[before] == text_b[before]) ++before;
  size_t behind = 0;
  while (behind < shorter - before && text_a[text_a.size() - 1 - behind] ==
                                          text_b[text_b.size() - 1 - behind]) {
    ++behind;
  }
  const CharacterRange word_a =
      word_around(field_a, {before, text_a.size() - behind});
  const CharacterRange word_b =
      word_around(field_b, {before, text_b.size() - behind});
  SentencePair pair{line, side_of(first, field_a, word_a),
                    side_of(second, field_b, word_b)};
  if (pair.first.word().empty() || pair.second.word().empty() ||
      pair.first.word() == pair.second.word()) {
    return bad_line(source, line, kExpected,
                    "sentences that differ in punctuation only");
  }
  if (has_gap(field_a, word_a) || has_gap(field_b, word_b)) {
    return bad_line(
        source, line, kExpected,
        fmt::format("more than one: {} / {}", field_a.text, field_b.text));
  }
  return pair;
}

Result<PairSet> pairs_of_rows(const std::vector<TableRow>& rows,
                              std::string_view source) {
  const Regex word = EXCISE_TRY(Regex::compile(kWord, "pairs"));
  PairSet set;
  std::unordered_map<std::string, size_t> lines;  // of pairs
  for (const auto& [line, fields] : rows) {
    if (fields.size() != 2 || fields[0].empty() || fields[1].empty()) {
      return bad_line(
          source, line, "two fields with a tab or a comma between them",
          fields.size() == 2 ? "an empty one"
                             : fmt::format("{}", fields.size()),
          fields.size() == 3  ? "pandas writes no third with index=False"
          : fields.size() > 3 ? "sentences with commas stand in quotes"
                              : "");
    }
    // An experiment file has a pair on one line, with a tab between.
    for (const std::string& sentence : fields) {
      if (sentence.find_first_of("\n\t") != std::string::npos) {
        return bad_line(source, line, "a sentence on one line, without tabs",
                        sentence.find('\n') != std::string::npos
                            ? "a field of two"
                            : "a tab");
      }
    }
    if (set.first_word.empty()) {
      const bool words = fields[0].find(' ') == std::string::npos &&
                         fields[1].find(' ') == std::string::npos &&
                         fields[0] != fields[1];
      if (!words) {
        return bad_line(
            source, line, "a heading of the two words, such as him and her",
            fmt::format("\"{}\" and \"{}\"", beginning(fields[0], 40),
                        beginning(fields[1], 40)),
            "words without blanks that are not the same");
      }
      set.first_word = fields[0];
      set.second_word = fields[1];
      continue;
    }
    if (set.pairs.size() == kMaxPairs) {
      return bad_line(source, line, fmt::format("at most {} pairs", kMaxPairs),
                      "more");
    }
    // Held out by itself, a pair would test what it was fitted on.
    const auto [earlier, is_new] =
        lines.try_emplace(fields[0] + '\t' + fields[1], line);
    if (!is_new) {
      return bad_line(source, line, "each pair of sentences once",
                      fmt::format("that of line {} again", earlier->second));
    }
    set.pairs.push_back(
        EXCISE_TRY(pair_of(fields[0], fields[1], source, line, word)));
  }
  if (set.pairs.empty()) {
    return fail(ErrorCode::kBadFile,
                {.where = "pairs",
                 .subject = std::string(source),
                 .expected = "a heading and at least one pair of sentences",
                 .found = set.first_word.empty() ? "neither" : "no pair"});
  }
  return set;
}

}  // namespace

Result<PairSet> parse_pairs(std::string_view text, std::string_view source) {
  if (const auto offset = first_invalid_utf8(text)) {
    return bad_line(source, 1, "UTF-8",
                    fmt::format("another byte at offset {}", *offset));
  }
  return pairs_of_rows(table_rows(text), source);
}

Result<PairSet> make_pairs(std::span<const std::string> rows,
                           std::string_view source) {
  std::vector<TableRow> split_rows;
  size_t line = 0;
  for (const std::string& row : rows) {
    ++line;
    if (row.empty()) continue;
    const auto fields = split(row, '\t');
    split_rows.push_back({line, {fields.begin(), fields.end()}});
  }
  return pairs_of_rows(split_rows, source);
}

std::vector<std::string> pair_rows(const PairSet& set) {
  // A file of a million comments does not become as many rows.
  const bool keeps_lines =
      set.pairs.empty() || set.pairs.back().line <= 2 * kMaxPairs;
  std::vector<std::string> rows;
  for (const auto& [line, first, second] : set.pairs) {
    if (keeps_lines) rows.resize(std::max(rows.size(), line - 2));
    rows.push_back(first.sentence + "\t" + second.sentence);
  }
  return rows;
}

Result<PlacedWord> place_word(const Model& model, const PairSide& side,
                              size_t line) {
  PlacedWord placed;
  EXCISE_CHECK(encode_text(model, "", "pairs"));  // refuses without a tokenizer
  const std::vector<PlacedToken> tokens =
      EXCISE_TRY(model.tokenizer->encode_with_places(side.sentence));
  for (const PlacedToken& token : tokens) placed.ids.push_back(token.id);
  if (placed.ids.size() > model.config.n_ctx) {
    return fail(
        ErrorCode::kBadInput,
        {.where = "pairs",
         .subject = fmt::format("the sentence of line {}", line),
         .expected = fmt::format("at most {} tokens, the context of this model",
                                 model.config.n_ctx),
         .found = fmt::format("{}", placed.ids.size())});
  }
  bool found = false;
  for (size_t t = 0; t < tokens.size(); ++t) {
    if (tokens[t].end <= side.word_begin || tokens[t].begin >= side.word_end)
      continue;
    if (!found) placed.first_token = t;
    placed.last_token = t;
    found = true;
  }
  if (!found) {
    return fail(ErrorCode::kBadInput,
                {.where = "pairs",
                 .subject = fmt::format("\"{}\" in line {}", side.word(), line),
                 .expected = "tokens of this model",
                 .found = "none: its tokenizer leaves the word out"});
  }
  return placed;
}

std::string words_taken(const PairSet& set) {
  std::vector<std::string> taken;
  for (const SentencePair& pair : set.pairs) {
    std::string words =
        fmt::format("{} / {}", pair.first.word(), pair.second.word());
    if (std::ranges::find(taken, words) == taken.end())
      taken.push_back(std::move(words));
  }
  constexpr size_t kShown = 4;
  std::string text;
  for (size_t i = 0; i < std::min(kShown, taken.size()); ++i)
    text += (i == 0 ? "" : ", ") + taken[i];
  if (taken.size() > kShown)
    text += fmt::format(" and {} more", taken.size() - kShown);
  return text;
}

}  // namespace excise
