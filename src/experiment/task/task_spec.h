// What the sweep of a task is, as the user states it.
#ifndef EXCISE_EXPERIMENT_TASK_TASK_SPEC_H_
#define EXCISE_EXPERIMENT_TASK_TASK_SPEC_H_

#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "experiment/common/field.h"
#include "experiment/sweep/spec.h"
#include "experiment/task/task_file.h"

namespace excise {

inline constexpr std::string_view kTaskExperimentSchema =
    "excise.task-experiment/1";

// Of the sweep, it has neither text nor ids.
struct TaskSpec : Spec {
  std::string task;              // its file
  std::string task_fingerprint;  // of its content; empty: any will do
  bool all_prompts = false;      // test them all, solved or not
  // The content where no file has it; the result folder gets it, as `task`.
  std::optional<std::string> given;
};

// Its options: the two that --task brings, those of a sweep but for what is of
// one text alone, and all in the order of the experiment file.
Fields task_reading_fields(TaskSpec& spec);
Fields task_fields(TaskSpec& spec);

// The prompts of its file, or those that are given, whose fingerprint `spec`
// has afterwards. Errors: those of read_plain_text() and parse_task();
// bad_input without a file, and for another content than is stated.
Result<TaskFile> read_task(TaskSpec& spec);

// The experiment as a TOML file, and back; the task's file counts from the
// folder of the experiment file where it is there. Errors: those of read_toml()
// and check_task_spec().
std::string task_spec_to_toml(const TaskSpec& spec);
Result<TaskSpec> parse_task_spec(std::string_view toml,
                                 std::string_view source);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_TASK_TASK_SPEC_H_
