// Pairs of sentences that differ in one word.
#ifndef EXCISE_EXPERIMENT_LESION_SENTENCE_PAIRS_H_
#define EXCISE_EXPERIMENT_LESION_SENTENCE_PAIRS_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "model/model.h"

namespace excise {

// One side of a pair: a sentence and the bytes of its word.
struct PairSide {
  std::string sentence;
  size_t word_begin = 0;
  size_t word_end = 0;
  std::string_view word() const {
    return std::string_view(sentence).substr(word_begin, word_end - word_begin);
  }
};

struct SentencePair {
  size_t line = 0;  // in the file, from 1
  PairSide first, second;
};

struct PairSet {
  std::string first_word, second_word;  // the heading
  std::vector<SentencePair> pairs;
};

// text: a table of two columns; a heading with the two words, then one pair a
// row. The word of a pair is where its sentences differ, with the letters
// around, whatever signs stand beside it. source names the file. Errors:
// bad_file with the line: no heading, not two fields, sentences that are the
// same or differ in more than one word; no pair at all.
Result<PairSet> parse_pairs(std::string_view text, std::string_view source);

// The same of a list, as an experiment file has it: the heading, then the
// pairs, each with a tab. Every row is a line and every quote the sentence's
// own; empty rows are left out.
Result<PairSet> make_pairs(std::span<const std::string> rows,
                           std::string_view source);

// The rows behind the heading for make_pairs(), with empty ones where the file
// had lines without a pair, so that lines keep their numbers.
std::vector<std::string> pair_rows(const PairSet& set);

// "him / her, Him / Her": the words of all pairs, the first four.
std::string words_taken(const PairSet& set);

// The word of a sentence among its tokens.
struct PlacedWord {
  std::vector<int> ids;    // of the sentence
  size_t first_token = 0;  // of the word
  size_t last_token = 0;
};

// Errors: bad_input when the model has no tokenizer, the sentence is longer
// than its context, or no token stands for the word; the message names the
// line.
Result<PlacedWord> place_word(const Model& model, const PairSide& side,
                              size_t line);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_LESION_SENTENCE_PAIRS_H_
