// What a reader has to know before the numbers of a sweep.
#ifndef EXCISE_EXPERIMENT_SWEEP_WARNINGS_H_
#define EXCISE_EXPERIMENT_SWEEP_WARNINGS_H_

#include <span>
#include <vector>

#include "experiment/sweep/summary.h"

namespace excise {

// The share of predictions (a token after the one before it) that the text has
// made already; 0 for fewer than two predictions.
double repeated_share(std::span<const int> ids);

// Above this share the tests would count one prediction as many.
inline constexpr double kMostRepeated = 0.5;

std::vector<Warning> warnings_of(const SweepResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_WARNINGS_H_
