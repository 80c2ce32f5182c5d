// svd: codes U S, atoms V^T of A - M = U S V^T; the only basis with a centre
// and a restored mean of choice (docs/method.md, section 2).
#ifndef EXCISE_INTERVENTION_BASES_SVD_H_
#define EXCISE_INTERVENTION_BASES_SVD_H_

#include <memory>

#include "core/error.h"
#include "core/matrix.h"
#include "intervention/decomposition.h"
#include "intervention/removal.h"

namespace excise {

// Of this very text, a [tokens, neurons]: exact, and each component's vectors
// are computed when they are asked for. Errors: those of decompose().
Result<std::unique_ptr<const Decomposition>> fit_text_svd(
    MatrixView<const float> a, RemovalOperator op);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_BASES_SVD_H_
