// Each binds one part of the library; module.cc calls them all.
#ifndef EXCISE_PYTHON_BINDINGS_H_
#define EXCISE_PYTHON_BINDINGS_H_

#include <nanobind/nanobind.h>

namespace excise {

void bind_errors(nanobind::module_& module);
void bind_files(nanobind::module_& module);
void bind_model(nanobind::module_& module);
void bind_weights(nanobind::module_& module);
void bind_forward(nanobind::module_& module);
void bind_decomposition(nanobind::module_& module);
void bind_bases(nanobind::module_& module);
void bind_edits(nanobind::module_& module);
void bind_generate(nanobind::module_& module);
void bind_experiments(nanobind::module_& module);
void bind_tasks(nanobind::module_& module);
void bind_command(nanobind::module_& module);

}  // namespace excise

#endif  // EXCISE_PYTHON_BINDINGS_H_
