// What a sweep over a corpus is, as the user states it.
#ifndef EXCISE_EXPERIMENT_CORPUS_CORPUS_SPEC_H_
#define EXCISE_EXPERIMENT_CORPUS_CORPUS_SPEC_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "experiment/common/field.h"
#include "experiment/sweep/spec.h"

namespace excise {

inline constexpr std::string_view kCorpusExperimentSchema =
    "excise.corpus-experiment/1";

// Of the sweep, it has neither text nor ids.
struct CorpusSpec : Spec {
  std::vector<std::string> texts;  // files, folders, "-": see read_corpus()
  std::string field = "text";      // of JSON lines and tables: the text
  std::string unit;                // field of what is independent; empty: a
                                   // text
  std::string group;               // field that is told apart; empty: none
  uint64_t window = 0;             // tokens; 0: 256, or the context if shorter
  uint64_t overlap = 0;            // tokens of the window before, only read
  uint64_t windows_per_text = 0;   // at most, drawn; 0: all
  uint64_t sample = 0;             // texts, drawn; 0: all
  bool strict = false;             // a text that cannot be measured is an error
  bool keep_tokens = false;        // the numbers of each token, too
};

// Refuses what no model could do. Error: bad_input.
Status check_corpus_spec(const CorpusSpec& spec);

// Its options: those of a sweep but for what is of one text alone.
Fields corpus_fields(CorpusSpec& spec);

// The experiment as a TOML file, and back. Errors: those of read_toml and
// check_corpus_spec.
std::string corpus_spec_to_toml(const CorpusSpec& spec);
Result<CorpusSpec> parse_corpus_spec(std::string_view toml,
                                     std::string_view source);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_CORPUS_SPEC_H_
