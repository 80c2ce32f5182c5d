#include "experiment/lesion/sentence_pairs.h"

#include <fmt/format.h>

#include <algorithm>

#include "experiment/words.h"

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

// Characters that end a word without being part of it.
bool is_punctuation(char c) {
  return std::string_view(".,;:!?\"'()[]").find(c) != std::string_view::npos;
}

// The bytes of a word without the punctuation around it.
PairSide side_of(std::string_view sentence, std::string_view word) {
  PairSide side{std::string(sentence), 0, 0};
  const auto begin = static_cast<size_t>(word.data() - sentence.data());
  side.word_begin = begin;
  side.word_end = begin + word.size();
  while (side.word_end > side.word_begin &&
         is_punctuation(sentence[side.word_end - 1])) {
    --side.word_end;
  }
  while (side.word_begin < side.word_end &&
         is_punctuation(sentence[side.word_begin])) {
    ++side.word_begin;
  }
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
  SentencePair pair{line, side_of(first, a[differing[0]]),
                    side_of(second, b[differing[0]])};
  if (pair.first.word().empty() || pair.second.word().empty() ||
      pair.first.word() == pair.second.word()) {
    return bad_line(source, line, kExpected,
                    "sentences that differ in punctuation only");
  }
  return pair;
}

}  // namespace

Result<PairSet> parse_pairs(std::string_view text, std::string_view source) {
  PairSet set;
  size_t line = 0;
  for (std::string_view row : split(text, '\n')) {
    ++line;
    if (row.ends_with('\r')) row.remove_suffix(1);
    if (row.empty() || row.starts_with('#')) continue;
    const auto fields = split(row, '\t');
    if (fields.size() != 2 || fields[0].empty() || fields[1].empty()) {
      return bad_line(source, line, "two fields with a tab between them",
                      fmt::format("{}", fields.size()));
    }
    if (set.first_word.empty()) {
      const bool words = fields[0].find(' ') == std::string_view::npos &&
                         fields[1].find(' ') == std::string_view::npos &&
                         fields[0] != fields[1];
      if (!words) {
        return bad_line(source, line,
                        "a heading of the two words, such as him and her",
                        fmt::format("\"{}\"", row.substr(0, 40)));
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
  placed.ids = EXCISE_TRY(encode_text(model, side.sentence, "pairs"));
  if (placed.ids.size() > model.config.n_ctx) {
    return fail(
        ErrorCode::kBadInput,
        {.where = "pairs",
         .subject = fmt::format("the sentence of line {}", line),
         .expected = fmt::format("at most {} tokens, the context of this model",
                                 model.config.n_ctx),
         .found = fmt::format("{}", placed.ids.size())});
  }
  size_t end = 0;  // byte after token t
  bool found = false;
  for (size_t t = 0; t < placed.ids.size(); ++t) {
    const size_t begin = end;
    end += EXCISE_TRY(model.tokenizer->decode({&placed.ids[t], 1})).size();
    if (end <= side.word_begin || begin >= side.word_end) continue;
    if (!found) placed.first_token = t;
    placed.last_token = t;
    found = true;
  }
  return placed;
}

}  // namespace excise
