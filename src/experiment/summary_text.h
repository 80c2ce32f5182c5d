// A sweep in plain words.
#ifndef EXCISE_EXPERIMENT_SUMMARY_TEXT_H_
#define EXCISE_EXPERIMENT_SUMMARY_TEXT_H_

#include <string>

#include "experiment/summary.h"

namespace excise {

// One paragraph: how many layers hurt or help the right next token, the worst
// of them, variance against effect, and what the mean alone did.
std::string summary_text(const SweepResult& result, const Summary& summary);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SUMMARY_TEXT_H_
