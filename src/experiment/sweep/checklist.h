// What a sceptical reader asks of a sweep: which of it was asked, and what came
// out.
#ifndef EXCISE_EXPERIMENT_SWEEP_CHECKLIST_H_
#define EXCISE_EXPERIMENT_SWEEP_CHECKLIST_H_

#include <string>
#include <vector>

#include "experiment/common/json_values.h"
#include "experiment/sweep/summary.h"

namespace excise {

// One question, in the words of the field.
struct CheckItem {
  std::string id;        // "controls"
  std::string topic;     // "random changes of the same size"
  std::string question;  // "Would random changes of the same size do the same?"
  bool asked = false;
  std::string outcome = {};  // one sentence, where it was asked
  std::string option = {};   // what to type where it was not
};

std::vector<CheckItem> checklist_of(const SweepResult& result,
                                    const Summary& summary);

// `checklist` of results.json.
Json checklist_json(const std::vector<CheckItem>& items);

// What was not asked, in a sentence; "" where all was.
std::string not_asked(const std::vector<CheckItem>& items);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_CHECKLIST_H_
