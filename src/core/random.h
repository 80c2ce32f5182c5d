// Seeded random numbers that are the same on every machine and standard
// library.
#ifndef EXCISE_CORE_RANDOM_H_
#define EXCISE_CORE_RANDOM_H_

#include <cstdint>
#include <random>
#include <span>

namespace excise {

class Random {
 public:
  // `stream` tells independent uses of one seed apart (a layer, a repeat), so
  // that adding a use does not change the others.
  explicit Random(uint64_t seed, uint64_t stream = 0);

  double uniform();                // [0, 1)
  double normal();                 // mean 0, variance 1
  uint64_t below(uint64_t bound);  // 0 .. bound - 1; bound > 0
  uint64_t bits() { return engine_(); }
  void shuffle(std::span<size_t> values);  // Fisher-Yates

 private:
  std::mt19937_64 engine_;
};

}  // namespace excise

#endif  // EXCISE_CORE_RANDOM_H_
