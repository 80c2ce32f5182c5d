// The table that a concept ends with, at most 100 columns wide.
#ifndef EXCISE_CLI_CONCEPT_TABLE_H_
#define EXCISE_CLI_CONCEPT_TABLE_H_

#include <string>

#include "cli/terminal.h"
#include "experiment/concept/concept_run.h"

namespace excise {

// One line a layer, off and on each with the strength that the rule takes
// there, and a legend.
std::string concept_table(const ConceptResult& result,
                          const Terminal& terminal);

// Continuations of the prompts: clean, off and on side by side; empty for none.
std::string concept_samples_text(const Model& model,
                                 const ConceptResult& result,
                                 const Terminal& terminal);

}  // namespace excise

#endif  // EXCISE_CLI_CONCEPT_TABLE_H_
