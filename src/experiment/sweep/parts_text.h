// Where effects arise, and whether later parts make up for them, in words.
#ifndef EXCISE_EXPERIMENT_SWEEP_PARTS_TEXT_H_
#define EXCISE_EXPERIMENT_SWEEP_PARTS_TEXT_H_

#include <string>
#include <vector>

#include "experiment/sweep/summary.h"

namespace excise {

// Sentences; none where parts were not asked for.
std::vector<std::string> parts_text(const Summary& summary);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_PARTS_TEXT_H_
