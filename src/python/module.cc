// The extension module excise._core: the library as Python sees it. What people
// call is written in Python, in the package beside it.
#include <nanobind/nanobind.h>

#include "python/bindings.h"
#include "python/fork.h"

NB_MODULE(_core, module) {
  excise::watch_forks();
  excise::bind_errors(module);
  excise::bind_files(module);
  excise::bind_model(module);
  excise::bind_weights(module);
  excise::bind_forward(module);
  excise::bind_decomposition(module);
  excise::bind_bases(module);
  excise::bind_edits(module);
  excise::bind_generate(module);
  excise::bind_experiments(module);
  excise::bind_tasks(module);
  excise::bind_command(module);
}
