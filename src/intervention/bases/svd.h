// svd: codes U S, atoms V^T of A - M = U S V^T; the only basis with a centre
// and a restored mean of choice (docs/method.md, section 2).
#ifndef EXCISE_INTERVENTION_BASES_SVD_H_
#define EXCISE_INTERVENTION_BASES_SVD_H_

#include <memory>

#include "core/error.h"
#include "core/matrix.h"
#include "intervention/bases/fit_input.h"
#include "intervention/decomposition.h"
#include "intervention/linear_basis.h"
#include "intervention/removal.h"

namespace excise {

// Of this very text, a [tokens, neurons]: exact, and each component's vectors
// are computed when they are asked for. Errors: those of decompose().
Result<std::unique_ptr<const Decomposition>> fit_text_svd(
    MatrixView<const float> a, RemovalOperator op);

// Leading components of a text that need not be in memory, frozen for use on
// others; components 0: all, up to the rank. With more tokens than neurons from
// second moments in double (squares: singular values below 1e-6 of the largest
// count as 0, as in thin_svd()), else from the tokens themselves. Errors:
// bad_input for more components than the rank, or values that are not finite.
Result<LinearParts> svd_parts(const Activations& activations,
                              RemovalOperator op, size_t components,
                              uint64_t seed);

// The same as a basis; 64 components by itself, or as many as there are.
FittedBasis fit_svd(const FitInput& input);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_BASES_SVD_H_
