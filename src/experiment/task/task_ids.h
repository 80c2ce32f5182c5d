// A task's prompts as a model reads them (docs/method.md, section 11).
#ifndef EXCISE_EXPERIMENT_TASK_TASK_IDS_H_
#define EXCISE_EXPERIMENT_TASK_TASK_IDS_H_

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "experiment/task/task_file.h"
#include "model/model.h"

namespace excise {

// Ids of a row. Those of the answer and of the foil follow those of the prompt
// in the joint text.
struct TaskPrompt {
  size_t row = 0;                // of the file's rows
  std::vector<int> prompt = {};  // with what the tokenizer puts in front
  std::vector<int> answer = {};
  std::vector<int> foil = {};  // empty: none
  bool begins_twice = false;   // the text has the BOS token too
};

struct RefusedRow {
  size_t row = 0;
  std::string reason;
};

struct TaskPrompts {
  std::vector<TaskPrompt> prompts;
  std::vector<RefusedRow> refused;
};

// Errors: bad_input without a tokenizer.
Result<TaskPrompts> task_prompts(const Model& model,
                                 std::span<const TaskRow> rows);

// Of one row. Errors, bad_input, of which the message is the reason: the
// prompt's ids do not begin those of the joint text, an answer of no token,
// answer and foil with the same ids or one the beginning of the other, ids
// outside the vocabulary, more tokens than the model's context.
Result<TaskPrompt> task_prompt(const Model& model, const TaskRow& row);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_TASK_TASK_IDS_H_
