// What chance alone finds when many things are tested.
#ifndef EXCISE_MATH_STATISTICS_CHANCE_HITS_H_
#define EXCISE_MATH_STATISTICS_CHANCE_HITS_H_

#include <cstddef>

namespace excise {

struct ChanceHits {
  double expected = 0;      // tests * level, dependent or not
  double at_least_one = 0;  // 1 - (1 - level)^tests, for independent tests
};

// Of so many true null hypotheses, each found with probability `level` (0 to
// 1).
ChanceHits chance_hits(size_t tests, double level);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_CHANCE_HITS_H_
