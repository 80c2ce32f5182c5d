#include "experiment/lesion/lesion_tests.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/random.h"
#include "experiment/common/words.h"
#include "io/utf8.h"
#include "model/forward.h"

namespace excise {
namespace {

tl::unexpected<Error> bad_test(std::string subject, std::string expected,
                               std::string found, std::string hint = {}) {
  return fail(ErrorCode::kBadInput, {.where = "lesion",
                                     .subject = std::move(subject),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .hint = std::move(hint)});
}

// The token of one of the heading's words as it stands within a sentence.
Result<int> heading_token(const Model& model, const LesionSpec& spec,
                          const std::string& word) {
  return word_token(
      model, " " + word,
      spec.first_token ? LongWord::kFirstToken : LongWord::kRefuse, "lesion",
      "--first-token reads the first of them");
}

Status check_words(const Model& model, const std::array<int, 2>& words,
                   std::string subject) {
  if (words[0] != words[1]) return {};
  return bad_test(std::move(subject), "words that differ in their first token",
                  "both begin with " + quoted_token(model, words[0]));
}

LesionTest test_at(const std::vector<int>& ids, size_t position,
                   const std::array<int, 2>& words) {
  LesionTest test;
  test.position = position;
  test.words = words;
  test.ids.assign(ids.begin(),
                  ids.begin() + static_cast<std::ptrdiff_t>(position) + 1);
  return test;
}

Status add_sentence(const Model& model, const LesionSpec& spec,
                    const std::string& sentence,
                    const std::array<int, 2>& words,
                    std::vector<LesionTest>& tests) {
  const std::vector<int> ids =
      EXCISE_TRY(encode_text(model, sentence, "lesion"));
  EXCISE_CHECK(check_ids(model.config, ids));
  std::vector<size_t> positions(spec.positions.begin(), spec.positions.end());
  for (size_t t = 1; spec.positions.empty() && t < ids.size(); ++t) {
    if (ids[t] == words[0] || ids[t] == words[1]) positions.push_back(t - 1);
  }
  if (positions.empty()) {
    return bad_test(fmt::format("--test \"{}\"", beginning(sentence, 60)),
                    fmt::format("{} or {} in it, after another word",
                                quoted_token(model, words[0]),
                                quoted_token(model, words[1])),
                    "neither", "--position names a place instead");
  }
  for (const size_t position : positions) {
    if (position >= ids.size()) {
      return bad_test("--position",
                      fmt::format("0 to {} in \"{}\"", ids.size() - 1,
                                  beginning(sentence, 60)),
                      fmt::format("{}", position));
    }
    tests.push_back(test_at(ids, position, words));
    if (position + 1 < ids.size()) {
      tests.back().before = model.tokenizer->piece(ids[position + 1]);
    }
  }
  return {};
}

Status add_pair(const Model& model, const LesionSpec& spec,
                const SentencePair& pair, std::vector<LesionTest>& tests) {
  const PlacedWord first = EXCISE_TRY(place_word(model, pair.first, pair.line));
  const PlacedWord second =
      EXCISE_TRY(place_word(model, pair.second, pair.line));
  if (first.first_token == 0) return {};  // nothing comes before the word
  for (const auto& [placed, side] :
       {std::pair{&first, &pair.first}, std::pair{&second, &pair.second}}) {
    if (placed->first_token == placed->last_token || spec.first_token) continue;
    std::string pieces;
    for (size_t t = placed->first_token; t <= placed->last_token; ++t) {
      pieces +=
          (pieces.empty() ? "" : ", ") + quoted_token(model, placed->ids[t]);
    }
    return bad_test(
        fmt::format("\"{}\" in line {}", side->word(), pair.line),
        "one token of this model",
        fmt::format("{}: {}", placed->last_token - placed->first_token + 1,
                    pieces),
        "--first-token reads the first of them");
  }
  const std::array<int, 2> words = {first.ids[first.first_token],
                                    second.ids[second.first_token]};
  EXCISE_CHECK(check_words(model, words, fmt::format("line {}", pair.line)));
  tests.push_back(test_at(first.ids, first.first_token - 1, words));
  tests.back().pair_line = pair.line;
  return {};
}

}  // namespace

PairSplit split_pairs(size_t pairs, double hold_out, uint64_t seed) {
  std::vector<size_t> order(pairs);
  std::iota(order.begin(), order.end(), size_t{0});
  Random(seed).shuffle(order);
  const auto held =
      static_cast<size_t>(hold_out * static_cast<double>(pairs) + 0.5);
  PairSplit split;
  split.held_out.assign(order.begin(),
                        order.begin() + static_cast<std::ptrdiff_t>(held));
  split.fitted.assign(order.begin() + static_cast<std::ptrdiff_t>(held),
                      order.end());
  std::ranges::sort(split.held_out);
  std::ranges::sort(split.fitted);
  return split;
}

Result<std::vector<LesionTest>> lesion_tests(const Model& model,
                                             const LesionSpec& spec,
                                             std::span<const size_t> held_out) {
  std::vector<LesionTest> tests;
  if (!spec.tests.empty()) {
    const std::array<int, 2> words = {
        EXCISE_TRY(heading_token(model, spec, spec.pairs.first_word)),
        EXCISE_TRY(heading_token(model, spec, spec.pairs.second_word))};
    EXCISE_CHECK(check_words(model, words, "the two words"));
    for (const std::string& sentence : spec.tests) {
      EXCISE_CHECK(add_sentence(model, spec, sentence, words, tests));
    }
  }
  for (const size_t i : held_out) {
    EXCISE_CHECK(add_pair(model, spec, spec.pairs.pairs[i], tests));
  }
  if (tests.empty()) {
    return bad_test("tests", "a held-out pair whose word has one before it",
                    fmt::format("{} pairs held out", held_out.size()),
                    "raise --hold-out or give --test");
  }
  return tests;
}

}  // namespace excise
