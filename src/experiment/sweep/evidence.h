// All evidence that a sweep of one text can have, asked for at once.
#ifndef EXCISE_EXPERIMENT_SWEEP_EVIDENCE_H_
#define EXCISE_EXPERIMENT_SWEEP_EVIDENCE_H_

#include "experiment/sweep/spec.h"

namespace excise {

// What Spec::evidence stands for, where it was not asked for otherwise: parts,
// 40 norm-matched draws, and all variants that the place and
// the components have. The spec itself
// without it.
Spec with_evidence(Spec spec);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_EVIDENCE_H_
