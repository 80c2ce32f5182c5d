// Values of an experiment file that no other file has.
#ifndef EXCISE_EXPERIMENT_SWEEP_SPEC_VALUES_H_
#define EXCISE_EXPERIMENT_SWEEP_SPEC_VALUES_H_

#include <string>
#include <vector>

#include "experiment/common/toml_values.h"
#include "experiment/sweep/control_plan.h"
#include "experiment/sweep/spec.h"

namespace excise {

// A text, or a list of them.
Expected read_texts(const toml::node& value, Spec& spec);
std::string text_values(const Spec& spec);

// A list of components, or a scan such as "each:0-15".
Expected read_remove(const toml::node& value, Spec& spec);

// A table of repeats, such as {random-rank = 40}; empty for none.
Expected read_controls(const toml::node& value,
                       std::vector<ControlRequest>& out);
std::string controls_table(const std::vector<ControlRequest>& requests);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SPEC_VALUES_H_
