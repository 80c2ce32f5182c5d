// What the gradient behind a norm is in front of it.
#ifndef EXCISE_MATH_OPS_NORM_GRADIENT_H_
#define EXCISE_MATH_OPS_NORM_GRADIENT_H_

#include <span>

#include "math/ops/norm.h"

namespace excise {

// gradient: of any number with respect to y = norm(x), in place with respect to
// x. Both of one row, [width].
void norm_gradient(std::span<const float> x, const NormParameters& parameters,
                   std::span<double> gradient);

}  // namespace excise

#endif  // EXCISE_MATH_OPS_NORM_GRADIENT_H_
