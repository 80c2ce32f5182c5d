// What a concept's numbers show, in sentences: the terminal, results.json and
// the report have the same.
#ifndef EXCISE_EXPERIMENT_CONCEPT_CONCEPT_WORDS_H_
#define EXCISE_EXPERIMENT_CONCEPT_CONCEPT_WORDS_H_

#include <string>
#include <vector>

#include "experiment/common/mean_test.h"
#include "experiment/common/warning.h"
#include "experiment/concept/concept_run.h"

namespace excise {

// What an edit of this strength is: "removed", "reflected" (alpha above 1), ...
std::string concept_deed(ConceptSwitch way, double alpha);

// "2.70 times less likely (95 % interval 1.90 to 3.83 over 4 texts)", of a
// change of log-probability; says the direction of either end where they
// differ, and whether the change is told apart from none.
std::string likelihood_words(const MeanInterval& change);

// Of one switch, each from the cell that was chosen.
struct ConceptSentences {
  std::string choice;   // how it was chosen, and within what bound
  std::string effect;   // own words; a probe at the same alpha
  std::string cost;     // other words and the control text
  std::string chance;   // random directions of the same size; empty for none
  std::string removal;  // what alpha 1 does there, where another was chosen
};
ConceptSentences concept_sentences(const ConceptResult& result,
                                   ConceptSwitch way);

// Few tokens of control text, few texts, what a fit noted.
std::vector<Warning> concept_warnings(const ConceptResult& result);

// All of it as one paragraph.
std::string concept_summary(const ConceptResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_CONCEPT_WORDS_H_
