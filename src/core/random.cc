#include "core/random.h"

#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <utility>

namespace excise {

Random::Random(uint64_t seed, uint64_t stream) {
  std::seed_seq sequence{
      static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32),
      static_cast<uint32_t>(stream), static_cast<uint32_t>(stream >> 32)};
  engine_.seed(sequence);
}

// Boost's distributions are written down to the bit; those of the standard
// library are not.
double Random::uniform() {
  return boost::random::uniform_01<double>()(engine_);
}

double Random::normal() {
  return boost::random::normal_distribution<double>()(engine_);
}

uint64_t Random::below(uint64_t bound) {
  return boost::random::uniform_int_distribution<uint64_t>(0,
                                                           bound - 1)(engine_);
}

void Random::shuffle(std::span<size_t> values) {
  for (size_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1], values[below(i)]);
}

}  // namespace excise
