// What a t-lesion is, as the user states it (docs/method.md).
#ifndef EXCISE_EXPERIMENT_LESION_LESION_SPEC_H_
#define EXCISE_EXPERIMENT_LESION_LESION_SPEC_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "experiment/common/field.h"
#include "experiment/common/run_record.h"
#include "experiment/lesion/sentence_pairs.h"

namespace excise {

inline constexpr std::string_view kLesionExperimentSchema =
    "excise.lesion-experiment/1";

struct LesionSpec : RunOptions {
  std::string model;
  std::string model_fingerprint;      // of it; empty: any will do
  std::string tokenizer_fingerprint;  // the same
  PairSet pairs;
  std::vector<std::string> tests;   // sentences to lesion
  std::vector<uint64_t> positions;  // in the tests; none: before each of the
                                    // two words
  std::optional<double> hold_out;   // see held_out_share()
  double q = 0.05;                  // false discovery rate of the groups
  bool first_token = false;  // of a word of several tokens: read the first
  std::string layers = "all";
  uint64_t random = 20;  // draws of random groups, as a control
};

// The share of the pairs that are tested, not fitted on: what is asked for,
// else a third where no sentence is tested, and none where one is.
double held_out_share(const LesionSpec& spec);

// Refuses what no model could do. Error: bad_input.
Status check_lesion_spec(const LesionSpec& spec);

// LesionSpec::pairs as the file has them.
struct PairLines {
  std::vector<std::string> words, pairs;
};
// Its options.
Fields lesion_fields(LesionSpec& spec, PairLines& lines);

// The experiment as a TOML file that holds the pairs themselves, and back.
// Errors: those of read_toml, parse_pairs and check_lesion_spec.
std::string lesion_spec_to_toml(const LesionSpec& spec);
Result<LesionSpec> parse_lesion_spec(std::string_view toml,
                                     std::string_view source);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_LESION_LESION_SPEC_H_
