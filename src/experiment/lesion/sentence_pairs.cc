#include "experiment/lesion/sentence_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "experiment/words.h"
#include "io/table_text.h"
#include "io/text_file.h"
#include "io/utf8.h"

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

// Letters, digits and marks: not a blank, a sign of ASCII, or one of the blocks
// that hold typographic signs.
bool is_word_character(std::string_view character) {
  const char c = character.front();
  if (character.size() == 1)
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
  constexpr std::array<std::pair<char32_t, char32_t>, 7> kSigns = {
      {{0x80, 0xBF},      // Latin-1: no-break space, guillemets
       {0xD7, 0xD7},      // multiplication sign
       {0xF7, 0xF7},      // division sign
       {0x2000, 0x206F},  // dashes, quotes, ellipsis, spaces
       {0x2E00, 0x2E7F},  // further punctuation
       {0x3000, 0x3020},  // East Asian
       {0xFF01, 0xFF0F}}};
  const char32_t code = code_point(character);
  return std::ranges::none_of(kSigns, [&](const auto& range) {
    return code >= range.first && code <= range.second;
  });
}

// The characters of a text, which is valid UTF-8.
std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    out.push_back(text.substr(0, first_character(text).length));
    text.remove_prefix(out.back().size());
  }
  return out;
}

// Characters [begin, end).
struct CharacterRange {
  size_t begin;
  size_t end;
};

// The word around what differs: without signs at its ends, with the letters
// that both have in common.
CharacterRange word_around(const std::vector<std::string_view>& text,
                           CharacterRange range) {
  while (range.begin < range.end && !is_word_character(text[range.begin]))
    ++range.begin;
  while (range.end > range.begin && !is_word_character(text[range.end - 1]))
    --range.end;
  while (range.begin > 0 && is_word_character(text[range.begin - 1]))
    --range.begin;
  while (range.end < text.size() && is_word_character(text[range.end]))
    ++range.end;
  return range;
}

// Whether it is more than one word: apostrophes, full stops and single hyphens
// may stand within one.
bool has_gap(const std::vector<std::string_view>& text,
             const CharacterRange& range) {
  for (size_t i = range.begin; i < range.end; ++i) {
    if (is_word_character(text[i])) continue;
    const bool inner = text[i] == "'" || text[i] == "\u2019" ||
                       text[i] == "." || text[i] == "-" || text[i] == "\u2010";
    if (!inner || !is_word_character(text[i + 1])) return true;
  }
  return false;
}

PairSide side_of(std::string_view sentence, std::string_view field,
                 const std::vector<std::string_view>& text,
                 const CharacterRange& range) {
  PairSide side{std::string(sentence), 0, 0};
  const auto offset = static_cast<size_t>(field.data() - sentence.data());
  const auto bytes = [&](size_t count) {
    size_t size = 0;
    for (size_t i = 0; i < count; ++i) size += text[i].size();
    return size;
  };
  side.word_begin = offset + bytes(range.begin);
  side.word_end = offset + bytes(range.end);
  return side;
}

Result<SentencePair> pair_of(std::string_view first, std::string_view second,
                             std::string_view source, size_t line) {
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
  const std::string_view field_a = a[differing[0]];
  const std::string_view field_b = b[differing[0]];
  const auto text_a = characters(field_a);
  const auto text_b = characters(field_b);
  const size_t shorter = std::min(text_a.size(), text_b.size());
  size_t before = 0;
  while (before < shorter && text_a[before] == text_b[before]) ++before;
  size_t behind = 0;
  while (behind < shorter - before && text_a[text_a.size() - 1 - behind] ==
                                          text_b[text_b.size() - 1 - behind]) {
    ++behind;
  }
  const CharacterRange word_a =
      word_around(text_a, {before, text_a.size() - behind});
  const CharacterRange word_b =
      word_around(text_b, {before, text_b.size() - behind});
  SentencePair pair{line, side_of(first, field_a, text_a, word_a),
                    side_of(second, field_b, text_b, word_b)};
  if (pair.first.word().empty() || pair.second.word().empty() ||
      pair.first.word() == pair.second.word()) {
    return bad_line(source, line, kExpected,
                    "sentences that differ in punctuation only");
  }
  if (has_gap(text_a, word_a) || has_gap(text_b, word_b)) {
    return bad_line(source, line, kExpected,
                    fmt::format("more than one: {} / {}", field_a, field_b));
  }
  return pair;
}

// Rows of two sentences with a tab between, whatever quotes they have.
std::vector<TableRow> plain_rows(std::string_view text) {
  std::vector<TableRow> rows;
  size_t line = 0;
  for (const std::string_view row : split(text, '\n')) {
    ++line;
    if (row.empty() || row.starts_with('#')) continue;
    const auto fields = split(row, '\t');
    rows.push_back({line, {fields.begin(), fields.end()}});
  }
  return rows;
}

}  // namespace

Result<PairSet> parse_pairs(std::string_view text, std::string_view source,
                            PairQuotes quotes) {
  PairSet set;
  if (const auto offset = first_invalid_utf8(text)) {
    return bad_line(source, 1, "UTF-8",
                    fmt::format("another byte at offset {}", *offset));
  }
  for (const auto& [line, fields] :
       quotes == PairQuotes::kOfTable ? table_rows(text) : plain_rows(text)) {
    if (fields.size() != 2 || fields[0].empty() || fields[1].empty()) {
      return bad_line(
          source, line, "two fields with a tab or a comma between them",
          fields.size() == 2 ? "an empty one"
                             : fmt::format("{}", fields.size()),
          fields.size() == 3  ? "pandas writes no third with index=False"
          : fields.size() > 3 ? "sentences with commas stand in quotes"
                              : "");
    }
    if (fields[0].find('\n') != std::string::npos ||
        fields[1].find('\n') != std::string::npos) {
      return bad_line(source, line, "a sentence on one line", "a field of two");
    }
    if (set.first_word.empty()) {
      const bool words = fields[0].find(' ') == std::string::npos &&
                         fields[1].find(' ') == std::string::npos &&
                         fields[0] != fields[1];
      if (!words) {
        return bad_line(source, line,
                        "a heading of the two words, such as him and her",
                        fmt::format("\"{}\"", fields[0].substr(0, 40)));
      }
      set.first_word = fields[0];
      set.second_word = fields[1];
      continue;
    }
    if (set.pairs.size() == kMaxPairs) {
      return bad_line(source, line, fmt::format("at most {} pairs", kMaxPairs),
                      "more");
    }
    set.pairs.push_back(
        EXCISE_TRY(pair_of(fields[0], fields[1], source, line)));
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
