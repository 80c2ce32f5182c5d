#include "math/statistics/sign_flip.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "math/statistics/empirical_p.h"
#include "math/statistics/finite.h"

namespace excise {
namespace {

// Sums of values with signs taken from bits, eight values a look-up.
class SignedSums {
 public:
  explicit SignedSums(std::span<const double> values)
      : tables_((values.size() + 7) / 8) {
    for (size_t i = 0; i < values.size(); ++i) {
      for (size_t bits = 0; bits < 256; ++bits) {
        tables_[i / 8][bits] +=
            (bits >> (i % 8) & 1) != 0 ? -values[i] : values[i];
      }
    }
  }

  // next_bits() gives the signs of 64 values.
  template <typename NextBits>
  double sum(NextBits&& next_bits) const {
    double total = 0;
    uint64_t bits = 0;
    for (size_t i = 0; i < tables_.size(); ++i) {
      bits = i % 8 == 0 ? next_bits() : bits >> 8;
      total += tables_[i][bits & 255];
    }
    return total;
  }

 private:
  std::vector<std::array<double, 256>> tables_;
};

}  // namespace

Result<std::optional<double>> sign_flip_p(std::span<const double> values,
                                          size_t draws, Random& random) {
  EXCISE_CHECK(check_finite("sign-flip test", values));
  const bool exact = values.size() <= kSignFlipExactUpTo;
  if (values.empty() || (draws == 0 && !exact)) return std::nullopt;

  const SignedSums sums(values);
  double magnitude = 0;
  for (const double value : values) magnitude += std::abs(value);
  // Patterns with the same sum but for rounding count as reaching it.
  const double threshold =
      std::abs(sums.sum([] { return uint64_t{0}; })) - 1e-12 * magnitude;
  const uint64_t patterns = exact ? uint64_t{1} << values.size() : draws;
  uint64_t reached = 0;
  for (uint64_t pattern = 0; pattern < patterns; ++pattern) {
    const double sum =
        sums.sum([&] { return exact ? pattern : random.bits(); });
    if (std::abs(sum) >= threshold) ++reached;
  }
  // Among all patterns the data are one of them already.
  return exact ? static_cast<double>(reached) / static_cast<double>(patterns)
               : p_of_count(reached, patterns);
}

}  // namespace excise
