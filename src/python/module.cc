// The extension module excise._core: the library as Python sees it. What people
// call is written in Python, in the package beside it.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <vector>

#include "cli/app.h"
#include "python/bindings.h"
#include "python/fork.h"

namespace {

// The command line in this process, which is then its own.
int run_command(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv = {"excise"};
  for (const std::string& argument : arguments) {
    argv.push_back(argument.c_str());
  }
  const nanobind::gil_scoped_release unlocked;
  return excise::run_program(static_cast<int>(argv.size()), argv.data());
}

}  // namespace

NB_MODULE(_core, module) {
  excise::watch_forks();
  excise::bind_errors(module);
  excise::bind_files(module);
  excise::bind_model(module);
  excise::bind_forward(module);
  excise::bind_decomposition(module);
  excise::bind_bases(module);
  excise::bind_edits(module);
  excise::bind_generate(module);
  excise::bind_experiments(module);
  module.def("run_command", &run_command, nanobind::arg("arguments"));
}
