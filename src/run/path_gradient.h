// How the right next token's log probability changes on the straight way from
// one residual stream to another.
#ifndef EXCISE_RUN_PATH_GRADIENT_H_
#define EXCISE_RUN_PATH_GRADIENT_H_

#include <array>
#include <cstddef>
#include <span>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "math/ops/norm.h"
#include "model/architecture/config.h"
#include "model/weights.h"

namespace excise {

// From x to x + delta, both [d_model] before the final norm; target: the token
// that comes next.
struct PathRow {
  std::span<const float> x, delta;
  int target = 0;
  std::span<float> gradient;  // [d_model], to be filled
};

// How many points of Gauss and Legendre path_gradients() takes.
inline constexpr std::array<size_t, 3> kPathPoints = {3, 8, 16};

// The mean over the way of the gradient of log p(target) with respect to the
// stream, through the final norm, the head and its cap: with 3, 8 or 16 points
// (Aumann and Shapley 1974; integrated gradients, Sundararajan et al.
// 1703.01365). Its product with delta is the change of log p. norm: of the
// final norm. Errors: of the unembedding's file, interrupted.
Status path_gradients(const ModelConfig& config, const Weights& weights,
                      const NormParameters& norm, std::span<const PathRow> rows,
                      size_t points, const Progress& progress);

// Memory that it takes beside its arguments, at most.
size_t path_gradient_bytes(size_t d_model);

}  // namespace excise

#endif  // EXCISE_RUN_PATH_GRADIENT_H_
