// The texts of a concept as a model reads them: tokens, and which of them have
// the concept.
#ifndef EXCISE_EXPERIMENT_CONCEPT_CONCEPT_TEXTS_H_
#define EXCISE_EXPERIMENT_CONCEPT_CONCEPT_TEXTS_H_

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "experiment/concept/concept_set.h"
#include "experiment/concept/concept_spec.h"
#include "model/model.h"

namespace excise {

struct ConceptText {
  std::vector<int> ids;
  // [ids] 0: with the concept, 1: without it, -1: neither. The first token is
  // in no class: its activations are of another size.
  std::vector<int> classes;
  TextUse use = TextUse::kFit;
  // Texts that go together: the i-th with and the i-th without it.
  size_t pair = 0;
  // Whether it tells how well the concept is switched off (where it is there),
  // and on (where it is not). Texts with labelled tokens tell both.
  bool judges_off = true, judges_on = true;

  bool judges(ConceptSwitch way) const {
    return way == ConceptSwitch::kOff ? judges_off : judges_on;
  }
};

// Everything of a concept as token ids.
struct EncodedConcept {
  std::vector<ConceptText> texts;
  std::vector<int> words, control_words;
  std::vector<int> control_text;
  // [control_text] which tokens choose and which report; of the first, which
  // nothing predicts, neither.
  std::vector<TextUse> control_use;
  std::vector<std::vector<int>> prompts;
};

// Which part of a text each token belongs to. pieces: their texts. A sentence
// (up to a token with . ! or ?) goes to the part of fewer tokens so far; where
// that leaves one part less than a third, the first half chooses. The first
// token is of neither (kFit).
std::vector<TextUse> split_control_text(std::span<const std::string> pieces);

// Errors: bad_input for a text, control text or prompt that is too short or
// beyond the context, a word of several tokens, a class that no token is in,
// and those of Tokenizer::encode and tokens_that_match.
Result<EncodedConcept> encode_concept(const Model& model,
                                      const ConceptSet& set);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_CONCEPT_TEXTS_H_
