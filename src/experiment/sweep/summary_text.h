// A sweep in plain words. Each sentence says what the numbers of the summary
// say and no more; the report shows the same sentences.
#ifndef EXCISE_EXPERIMENT_SWEEP_SUMMARY_TEXT_H_
#define EXCISE_EXPERIMENT_SWEEP_SUMMARY_TEXT_H_

#include <string>
#include <vector>

#include "experiment/common/passages.h"
#include "experiment/sweep/summary.h"

namespace excise {

// Topics: "warnings", "texts", "effect", "second opinion", "basis", "controls"
// (one for each control of each cell), "cells", "scan", "together", "variance",
// "drift" or "rounding". In the order of the text: what a reader has to know
// first, several texts before the first one alone. Without those that have
// nothing to say.
std::vector<Passage> summary_passages(const SweepResult& result,
                                      const Summary& summary);

// All of them as one paragraph.
std::string summary_text(const SweepResult& result, const Summary& summary);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SUMMARY_TEXT_H_
