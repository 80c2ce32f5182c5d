// Prompts of a task beside their counterparts, to swap with (docs/method.md,
// section "Tasks").
#ifndef EXCISE_EXPERIMENT_TASK_TASK_PAIRS_H_
#define EXCISE_EXPERIMENT_TASK_TASK_PAIRS_H_

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "experiment/task/task_file.h"
#include "experiment/task/task_ids.h"
#include "model/model.h"

namespace excise {

struct TaskPair {
  size_t prompt = 0;            // of TaskPrompts::prompts
  TaskPrompt counterpart = {};  // with the prompt's own answer and foil
  size_t first_difference = 0;  // the first position whose tokens differ
  // The same number where prompt and counterpart are the same two, in either
  // order; from 0 without gaps.
  size_t unit = 0;
};

enum class PairFault { kNoCounterpart, kNoFoil, kLength, kSame, kTokens };

struct UnpairedPrompt {
  size_t line = 0;  // of the file
  PairFault fault = PairFault::kNoCounterpart;
  std::string reason = {};
};

struct TaskPairs {
  std::vector<TaskPair> pairs = {};
  std::vector<UnpairedPrompt> left_out = {};
};

// Left out: a prompt without a counterpart or a foil, a counterpart of another
// number of tokens, of the same tokens, behind which answer and foil have
// others, or that the model cannot be asked. Error bad_input where no pair is
// left, with the first reason.
Result<TaskPairs> task_pairs(const Model& model, std::span<const TaskRow> rows,
                             const TaskPrompts& prompts);

// "whose counterpart has another number of tokens"
std::string_view fault_words(PairFault fault);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_TASK_TASK_PAIRS_H_
