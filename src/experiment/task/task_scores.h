// What a model makes of the prompts of a task, clean and edited.
#ifndef EXCISE_EXPERIMENT_TASK_TASK_SCORES_H_
#define EXCISE_EXPERIMENT_TASK_TASK_SCORES_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/task/task_ids.h"
#include "model/model.h"
#include "run/branch.h"
#include "run/branch_audit.h"
#include "run/run_options.h"
#include "run/text_rows.h"

namespace excise {

// Of one prompt, in nats: log p(answer | prompt) over all its tokens.
struct TaskScore {
  double answer = 0;
  std::optional<double> foil = {};
  bool greedy = false;  // greedy decoding gives the answer

  double metric() const { return answer - foil.value_or(0.0); }
  bool solved() const { return foil ? metric() > 0 : greedy; }
};

// Where the effect of a branch on prompts arises, clean - edited metric, as
// PartsOfEffect; what the branch does not ask for is empty.
struct TaskParts {
  std::vector<double> direct;               // [prompts]
  std::vector<std::vector<double>> shares;  // [prompts][1 + 2 n_layers]
  size_t points = 0;                        // most of an integral
};

struct TaskScores {
  std::vector<TaskScore> clean;                // [prompts]
  std::vector<std::vector<TaskScore>> edited;  // [branches][prompts]
  std::vector<TaskParts> parts;                // [branches]
  size_t tokens = 0;                           // of all passes
};

// What must run so that all of these tokens, at least one, are predicted behind
// the prompt: not the last one.
std::vector<int> predicting_text(const TaskPrompt& prompt,
                                 std::span<const int> next);

// Makes the edits of a batch of texts, whose ids these are; what it gives is
// called with the number of the text within them.
using EditTexts =
    std::function<Result<EditText>(std::span<const std::vector<int>> texts)>;

// Prompts share passes of a bounded number of tokens and are never padded; with
// the naive executor each text has its own. An edit of a token must not depend
// on later ones: answer and foil may share the rows of a prompt. edit is not
// called without branches. Adds the edits to audit. Errors: those of
// run_branches() and of edit.
Result<TaskScores> score_task(const Model& model,
                              std::span<const TaskPrompt> prompts,
                              std::span<const Branch> branches,
                              const EditTexts& edit, const RunOptions& options,
                              const Progress& progress, BranchAudit& audit);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_TASK_TASK_SCORES_H_
