// An edit file as what a sweep measures.
#ifndef EXCISE_EXPERIMENT_SWEEP_SWEEP_EDIT_H_
#define EXCISE_EXPERIMENT_SWEEP_SWEEP_EDIT_H_

#include "core/error.h"
#include "experiment/sweep/spec.h"
#include "intervention/edit_spec.h"

namespace excise {

// Sets the basis, components, place, layers, positions, action and strength of
// the sweep to those of the edit. With `*` in its hook the layers of the sweep
// stay, and each is edited by itself. Errors: those of reading the basis;
// unsupported for a hook that a sweep cannot edit; bad_input for `layers` other
// than that of the hook.
Status take_edit(const EditSpec& edit, Spec& spec);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SWEEP_EDIT_H_
