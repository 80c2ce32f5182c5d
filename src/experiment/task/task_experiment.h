// The sweep of a task, as experiment/kinds/kinds.h lists it.
#ifndef EXCISE_EXPERIMENT_TASK_TASK_EXPERIMENT_H_
#define EXCISE_EXPERIMENT_TASK_TASK_EXPERIMENT_H_

#include <string>
#include <string_view>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/common/provenance.h"
#include "experiment/task/task_spec.h"
#include "experiment/task/task_sweep.h"
#include "io/output_folder.h"
#include "model/model.h"

namespace excise {

struct MeasuredTask {
  TaskSpec spec;  // as it was resolved: running it again gives the same
  TaskFile file;
  TaskSweep sweep;
};

// file: that read_task(spec) gave. Errors: those of sweep_task().
Result<MeasuredTask> measure_task(const Model& model, TaskSpec spec,
                                  TaskFile file, const Progress& progress);
// The same of what read_task() gives, with its errors.
Result<MeasuredTask> run_task(const Model& model, const TaskSpec& spec,
                              const Progress& progress);
// Gives results.json. Errors: those of write_task_results().
Result<std::string> write_task(const OutputFolder& folder, const Model& model,
                               const MeasuredTask& measured,
                               const Provenance& provenance);

struct TaskExperiment {
  static constexpr std::string_view kName = "task";
  static constexpr std::string_view kSchema = kTaskExperimentSchema;
  static constexpr auto parse = parse_task_spec;
  static constexpr auto run = run_task;
  static constexpr auto write = write_task;

  // Of a spec that nobody changed.
  template <typename Take>
  static void with_options(Take take) {
    TaskSpec spec;
    take(task_fields(spec));
  }
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_TASK_TASK_EXPERIMENT_H_
