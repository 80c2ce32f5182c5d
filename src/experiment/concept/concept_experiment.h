// A concept that is fitted or tested, as experiment/kinds/kinds.h lists it.
#ifndef EXCISE_EXPERIMENT_CONCEPT_CONCEPT_EXPERIMENT_H_
#define EXCISE_EXPERIMENT_CONCEPT_CONCEPT_EXPERIMENT_H_

#include <string_view>

#include "experiment/concept/concept_results.h"
#include "experiment/concept/concept_run.h"
#include "experiment/concept/concept_spec.h"

namespace excise {

struct ConceptExperiment {
  static constexpr std::string_view kName = "concept";
  static constexpr std::string_view kSchema = kConceptExperimentSchema;
  static constexpr auto parse = parse_concept_spec;
  static constexpr auto run = run_concept;
  static constexpr auto write = write_concept_results;

  // Of a spec that nobody changed.
  template <typename Take>
  static void with_options(Take take) {
    ConceptSpec spec;
    take(concept_fields(spec));
  }
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_CONCEPT_EXPERIMENT_H_
