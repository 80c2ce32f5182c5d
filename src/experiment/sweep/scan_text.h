// What a scan over components, and layers edited together, found, in plain
// words.
#ifndef EXCISE_EXPERIMENT_SWEEP_SCAN_TEXT_H_
#define EXCISE_EXPERIMENT_SWEEP_SCAN_TEXT_H_

#include <string>

#include "experiment/sweep/summary.h"

namespace excise {

// Sentences; "" without a scan.
std::string scan_words(const SweepResult& result, const Summary& summary);
// The grid over several texts.
std::string scan_over_texts(const SweepResult& result, const Summary& summary);
// One sentence a set; "" without sets.
std::string together_words(const SweepResult& result, const Summary& summary);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SCAN_TEXT_H_
