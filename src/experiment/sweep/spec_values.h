// Fields of a spec that stand otherwise in an experiment file.
#ifndef EXCISE_EXPERIMENT_SWEEP_SPEC_VALUES_H_
#define EXCISE_EXPERIMENT_SWEEP_SPEC_VALUES_H_

#include <vector>

#include "experiment/sweep/control_plan.h"
#include "experiment/sweep/spec.h"
#include "io/toml_record.h"

namespace excise {

// A text, or a list of them.
TomlTexts texts_value(Spec& spec);
// A list of components, or a scan such as "each:0-15".
TomlNumbersOrText remove_value(Spec& spec);
// A hook, with a layer or for all of them. Errors: those of parse_edit_place().
Status take_hook(std::string_view name, Spec& spec);
TomlText hook_value(Spec& spec);
// cells, and what it was once called, true for all of them; not both.
struct CellsValues {
  TomlText cells;
  TomlFlag empty_branch;
};
CellsValues cells_values(Spec& spec);
// A table of repeats, such as {random-rank = 40}.
// "keep-only,robustness".
TomlText variants_value(std::vector<VariantSet>& sets);

TomlCounts controls_value(std::vector<ControlRequest>& requests);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SPEC_VALUES_H_
