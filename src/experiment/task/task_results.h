// Files of a task that was swept (docs/formats.md).
#ifndef EXCISE_EXPERIMENT_TASK_TASK_RESULTS_H_
#define EXCISE_EXPERIMENT_TASK_TASK_RESULTS_H_

#include <span>
#include <string>

#include "core/error.h"
#include "experiment/common/provenance.h"
#include "experiment/task/task_file.h"
#include "experiment/task/task_spec.h"
#include "experiment/task/task_sweep.h"
#include "io/output_folder.h"
#include "model/model.h"

namespace excise {

// results.json, task_layers.csv, task_prompts.csv and where there is a swap
// task_swap.csv; gives the first. spec: as it was resolved. Errors: io.
Result<std::string> write_task_results(const OutputFolder& folder,
                                       const Model& model,
                                       std::span<const TaskRow> rows,
                                       const TaskSpec& spec,
                                       const TaskSweep& sweep,
                                       const Provenance& provenance);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_TASK_TASK_RESULTS_H_
