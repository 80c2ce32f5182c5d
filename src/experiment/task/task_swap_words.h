// What a swap with counterparts says.
#ifndef EXCISE_EXPERIMENT_TASK_TASK_SWAP_WORDS_H_
#define EXCISE_EXPERIMENT_TASK_TASK_SWAP_WORDS_H_

#include <string>

#include "experiment/sweep/spec.h"
#include "experiment/task/task_swap.h"

namespace excise {

// Sentences: which prompts are tested, which are left out, by their lines, and
// what the swap does. spec: of the sweep.
std::string task_swap_words(const TaskSwap& swap, const Spec& spec,
                            bool all_prompts);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_TASK_TASK_SWAP_WORDS_H_
