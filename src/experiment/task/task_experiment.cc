#include "experiment/task/task_experiment.h"

#include <utility>

#include "experiment/task/task_arrays.h"
#include "experiment/task/task_results.h"

namespace excise {

Result<MeasuredTask> measure_task(const Model& model, TaskSpec spec,
                                  TaskFile file, const Progress& progress) {
  TaskSweep sweep = EXCISE_TRY(
      sweep_task(model, spec, file.rows, spec.all_prompts, progress));
  static_cast<Spec&>(spec) = sweep.spec;
  return MeasuredTask{std::move(spec), std::move(file), std::move(sweep)};
}

Result<MeasuredTask> run_task(const Model& model, const TaskSpec& asked,
                              const Progress& progress) {
  TaskSpec spec = asked;
  TaskFile file = EXCISE_TRY(read_task(spec));
  return measure_task(model, std::move(spec), std::move(file), progress);
}

Result<std::string> write_task(const OutputFolder& folder, const Model& model,
                               const MeasuredTask& measured,
                               const Provenance& provenance) {
  const TaskSpec& spec = measured.spec;
  if (spec.given) EXCISE_CHECK(folder.write_text(spec.task, *spec.given));
  EXCISE_CHECK(folder.write_text("experiment.toml", task_spec_to_toml(spec)));
  EXCISE_CHECK(task_arrays(measured.file.rows, measured.sweep)
                   .write(folder.path("arrays.safetensors")));
  return write_task_results(folder, model, measured.file.rows, spec,
                            measured.sweep, provenance);
}

}  // namespace excise
