#include "experiment/sweep/second_opinion.h"

#include <cmath>
#include <vector>

#include "math/statistics/benjamini_hochberg.h"
#include "math/statistics/finite.h"

namespace excise {

Result<SecondOpinion> second_opinion_of(std::span<const double> effects) {
  SecondOpinion second;
  if (!all_finite(effects)) {
    second.n = effects.size();
    second.reason = kNotFinite;
    return second;
  }
  static_cast<EquallyWeightedCosines&>(second) =
      EXCISE_TRY(equally_weighted_cosines(effects));
  return second;
}

Status adjust_second_opinions(std::span<SecondOpinion* const> tests) {
  std::vector<std::optional<double>> p;
  for (const SecondOpinion* test : tests) p.push_back(test->p);
  const auto q = EXCISE_TRY(benjamini_hochberg(p));
  for (size_t i = 0; i < tests.size(); ++i) tests[i]->q = q[i];
  return {};
}

bool confirmed(const std::optional<SecondOpinion>& second) {
  return second && second->q && *second->q < kSignificance;
}

std::optional<LargestToken> largest_token(std::span<const double> d,
                                          std::span<const size_t> tested) {
  double sum = 0;
  double magnitude = 0;
  for (const size_t t : tested) {
    sum += d[t];
    magnitude += std::abs(d[t]);
  }
  constexpr double kRounding = 1e-12;
  if (!std::isfinite(sum) || !(std::abs(sum) > kRounding * magnitude))
    return std::nullopt;
  LargestToken largest;
  for (const size_t t : tested) {
    const double share = d[t] / sum;
    if (share > largest.share) largest = {t, share};
  }
  return largest;
}

}  // namespace excise
