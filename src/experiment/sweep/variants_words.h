// What variants of a removal say, in words.
#ifndef EXCISE_EXPERIMENT_SWEEP_VARIANTS_WORDS_H_
#define EXCISE_EXPERIMENT_SWEEP_VARIANTS_WORDS_H_

#include <string>
#include <vector>

#include "experiment/sweep/summary.h"

namespace excise {

// Whether the subspace is enough, whether it acts by what is read, and whether
// verdicts hold under other choices; nothing of what was not asked for.
std::vector<std::string> variants_words(const SweepResult& result,
                                        const Summary& summary);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_VARIANTS_WORDS_H_
