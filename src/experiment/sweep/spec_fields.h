// The options of a sweep, each said once.
#ifndef EXCISE_EXPERIMENT_SWEEP_SPEC_FIELDS_H_
#define EXCISE_EXPERIMENT_SWEEP_SPEC_FIELDS_H_

#include "experiment/common/field.h"
#include "experiment/sweep/spec.h"

namespace excise {

// In the order of the experiment file.
Fields sweep_fields(Spec& spec);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SPEC_FIELDS_H_
