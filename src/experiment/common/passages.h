// What a result says, one thing after the other: as a paragraph and in its
// file.
#ifndef EXCISE_EXPERIMENT_COMMON_PASSAGES_H_
#define EXCISE_EXPERIMENT_COMMON_PASSAGES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/common/json_values.h"

namespace excise {

// What is said about one thing; several may be about the same.
struct Passage {
  std::string topic;
  std::string text;  // whole sentences
};

// Without those that say nothing.
std::vector<Passage> said(std::vector<Passage> passages);
// One paragraph.
std::string joined(const std::vector<Passage>& passages);
// A list of {"topic", "text"}.
Json passage_list(const std::vector<Passage>& passages);

// Of so many one-sided tests against R draws each: "chance alone would put 0.57
// of 12 layers there, and at least one with probability 44 % if layers were
// independent". things: "layers".
std::string chance_words(size_t tests, size_t draws, std::string_view things);
// "with 5 draws no one-sided p is below 0.17: that takes 20"; "" where so many
// draws can give a p below kSignificance.
std::string too_few_draws(size_t draws);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_PASSAGES_H_
