// Where an axis has its ticks, and what stands there.
#ifndef EXCISE_REPORT_TICKS_H_
#define EXCISE_REPORT_TICKS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "report/figure.h"

namespace excise {

struct Tick {
  double at = 0;
  std::string label;
};

// Round numbers in [low, high]: about `count` at 1, 2 or 5 times a power of
// ten, or powers of ten on a logarithmic axis.
std::vector<Tick> round_ticks(double low, double high, size_t count,
                              bool whole_numbers, bool logarithmic);

// The names of an axis that are in [low, high], each, or each k-th so that
// there are at most `most`.
std::vector<Tick> named_ticks(const Axis& axis, double low, double high,
                              size_t most);

}  // namespace excise

#endif  // EXCISE_REPORT_TICKS_H_
