// What a model makes of a task's prompts before anything is removed.
#include <nanobind/stl/string.h>

#include <string>
#include <utility>

#include "core/threads.h"
#include "experiment/task/task_listing.h"
#include "experiment/task/task_spec.h"
#include "python/bindings.h"
#include "python/errors.h"
#include "python/interruptible.h"
#include "python/model_handle.h"

namespace excise {
namespace {

namespace nb = nanobind;

std::string listing(const ModelHandle& handle, const std::string& file,
                    const std::string& rows, const nb::object& report) {
  TaskSpec spec;
  spec.task = file;
  if (!rows.empty()) spec.given = rows;
  const Model& model = *handle.model;
  const auto listed = run_interruptible<TaskListing>(
      report, [&](const Progress& progress) -> Result<TaskListing> {
        const ThreadCount threads(handle.threads);
        return list_task(model, EXCISE_TRY(read_task(spec)), progress);
      });
  return task_listing_json(model, listed);
}

}  // namespace

void bind_tasks(nb::module_& module) {
  module.def("list_task", &listing, nb::arg("model"), nb::arg("file"),
             nb::arg("rows"), nb::arg("report").none(),
             "Gives the JSON of `excise task --json`. rows: what the file "
             "would have; \"\" where it is a file.");
}

}  // namespace excise
