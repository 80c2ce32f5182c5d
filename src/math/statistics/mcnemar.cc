#include "math/statistics/mcnemar.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>

#include "math/statistics/least_p.h"

namespace excise {

std::optional<double> mcnemar_p(size_t lost, size_t gained) {
  if (lost + gained == 0) return std::nullopt;
  const boost::math::binomial_distribution<double> flips(
      static_cast<double>(lost + gained), 0.5);
  const double tail =
      boost::math::cdf(flips, static_cast<double>(std::min(lost, gained)));
  return not_zero(std::min(1.0, 2 * tail));
}

}  // namespace excise
