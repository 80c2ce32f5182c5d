// What is asked of a concept, as the user states it (docs/method.md).
#ifndef EXCISE_EXPERIMENT_CONCEPT_CONCEPT_SPEC_H_
#define EXCISE_EXPERIMENT_CONCEPT_CONCEPT_SPEC_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "experiment/common/field.h"
#include "experiment/common/run_record.h"
#include "experiment/concept/concept_set.h"
#include "intervention/positions.h"

namespace excise {

inline constexpr std::string_view kConceptExperimentSchema =
    "excise.concept-experiment/1";

// Error bad_input of a concept.
tl::unexpected<Error> refuse_concept(std::string subject, std::string expected,
                                     std::string found);

enum class ConceptSwitch { kOff, kOn };
std::string_view concept_switch_name(ConceptSwitch way);  // "off", "on"
Result<ConceptSwitch> parse_concept_switch(std::string_view name);

struct ConceptSpec : RunOptions {
  std::string model;
  std::string model_fingerprint;  // of it; empty: any will do
  // The same, with the ids that end a text.
  std::string tokenizer_fingerprint;
  ConceptSet set;
  // The basis file of an earlier fit, which is tested; empty: fit.
  std::string basis_file;
  std::string basis_fingerprint;      // of it; empty: any will do
  std::string method = "diff-means";  // or another of class_basis_names()
  std::string hook = "blocks.*.mlp.hook_pre";
  std::string layers = "all";
  std::vector<double> alphas = {0.5, 1, 2, 4};
  Positions positions;  // tokens that are switched
  // The most that the control text may change for a layer and alpha to be
  // chosen, nats a token: the upper end of the 95 % interval of |mean|.
  double max_damage = 0.05;
  uint64_t random = 40;  // draws of random directions of the same size
  // Sample continuations of the concept's prompts: new tokens (0: none), and
  // how they are drawn (0: the most likely token).
  uint64_t sample_tokens = 40;
  double temperature = 0;
};

// "0.5, 1,2" -> the numbers as written. Error: bad_input.
Result<std::vector<double>> parse_alphas(std::string_view text);

// Refuses what no model could do. Error: bad_input.
Status check_concept_spec(const ConceptSpec& spec);

// Its options.
Fields concept_fields(ConceptSpec& spec);

// The experiment as a TOML file that holds the concept itself, and back.
// Errors: those of read_toml, check_concept and check_concept_spec.
std::string concept_spec_to_toml(const ConceptSpec& spec);
Result<ConceptSpec> parse_concept_spec(std::string_view toml,
                                       std::string_view source);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_CONCEPT_SPEC_H_
