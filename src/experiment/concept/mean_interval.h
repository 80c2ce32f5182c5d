// A mean with its 95 % interval, for effects that few texts or tokens show.
#ifndef EXCISE_EXPERIMENT_CONCEPT_MEAN_INTERVAL_H_
#define EXCISE_EXPERIMENT_CONCEPT_MEAN_INTERVAL_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>

#include "math/statistics/bootstrap.h"

namespace excise {

struct MeanInterval {
  size_t n = 0;
  double mean = std::numeric_limits<double>::quiet_NaN();  // NaN: no number
  // Student t; [0, 0] where all are 0.
  std::optional<Interval> ci95 = {};

  // Whether the interval leaves 0 out; never without one.
  bool apart_from_zero() const {
    return ci95 && (ci95->low > 0 || ci95->high < 0);
  }
  // The upper end of the interval of |mean|; infinite where none is known.
  double most_change() const {
    return ci95 ? std::max(std::abs(ci95->low), std::abs(ci95->high))
                : std::numeric_limits<double>::infinity();
  }
};

// Nothing but n where a value is no number; no interval of fewer than two, or
// of equal ones other than 0, which show no spread.
MeanInterval mean_interval(std::span<const double> values);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_MEAN_INTERVAL_H_
