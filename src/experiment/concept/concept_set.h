// A concept as its file states it: texts with it and without it, and its words.
#ifndef EXCISE_EXPERIMENT_CONCEPT_CONCEPT_SET_H_
#define EXCISE_EXPERIMENT_CONCEPT_CONCEPT_SET_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "io/toml_record.h"

namespace excise {

// Two sets of texts, or texts in which some tokens have the concept.
struct ConceptSet {
  std::string name;
  std::vector<std::string> with;     // texts that have it
  std::vector<std::string> without;  // texts that do not
  // Or: texts in which [[these words]] have it, or the tokens that match the
  // first pattern of class_tokens (as FitTextSpec has them).
  std::vector<std::string> texts;
  std::vector<std::string> class_tokens;
  std::vector<std::string> words;          // its own words, with their blanks
  std::vector<std::string> control_words;  // words it should leave alone
  std::string control_text;                // a text it should leave alone
  std::vector<std::string> prompts;        // for sample continuations

  bool labels_tokens() const { return !texts.empty(); }
};

inline constexpr size_t kMinTexts = 6;

// schema excise.concept/1. Errors: those of read_toml and check_concept.
Result<ConceptSet> parse_concept(std::string_view toml,
                                 std::string_view source);
Result<ConceptSet> read_concept(const std::filesystem::path& path);
std::string concept_to_toml(const ConceptSet& concept_set);

// Its keys, for every file that has them.
std::vector<TomlKey> concept_keys(ConceptSet& set);

// Error bad_input for a class of fewer than kMinTexts texts, both kinds of
// texts, the same text twice or an empty one, marks that do not match, no
// words, no control text. source: for messages.
Status check_concept(const ConceptSet& set, std::string_view source);

// How the texts of a class are used: half to fit on, a quarter to choose the
// layer by, a quarter to report. Every fourth text from the third on chooses,
// from the fourth on reports.
enum class TextUse { kFit, kChoose, kReport };
TextUse text_use(size_t index);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_CONCEPT_SET_H_
