// What a sweep with all evidence takes, told before it begins.
#ifndef EXCISE_CLI_EVIDENCE_COST_H_
#define EXCISE_CLI_EVIDENCE_COST_H_

#include <cstddef>
#include <string>

#include "core/error.h"
#include "experiment/sweep/spec.h"
#include "model/model.h"

namespace excise {

// "Evidence: 1,104 branches of 129 tokens, about 20 s on this machine." of a
// spec with Spec::evidence; by the matrix products and the rate of one that is
// measured. "" where the tokens are not known before the work. Errors: those of
// the spec, of encode() and of matmul().
Result<std::string> evidence_note(const Model& model, const Spec& spec);

}  // namespace excise

#endif  // EXCISE_CLI_EVIDENCE_COST_H_
