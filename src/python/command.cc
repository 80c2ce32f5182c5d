// The program itself, for `python -m excise` and the `excise` command of the
// package: an entry point beside cli/main.cc, and the only file of the module
// that knows the command line (tools/check_layers).
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <vector>

#include "cli/app.h"
#include "python/bindings.h"

namespace excise {
namespace {

// The command line in this process, which is then its own.
int run_command(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv = {"excise"};
  for (const std::string& argument : arguments) {
    argv.push_back(argument.c_str());
  }
  const nanobind::gil_scoped_release unlocked;
  return run_program(static_cast<int>(argv.size()), argv.data());
}

}  // namespace

void bind_command(nanobind::module_& module) {
  module.def("run_command", &run_command, nanobind::arg("arguments"));
}

}  // namespace excise
