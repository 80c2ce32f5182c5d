// What the tests of a sweep give.
#ifndef EXCISE_EXPERIMENT_COMMON_MEAN_TEST_H_
#define EXCISE_EXPERIMENT_COMMON_MEAN_TEST_H_

#include <optional>
#include <span>

#include "core/error.h"
#include "math/statistics/correlation.h"
#include "math/statistics/one_sample_t.h"

namespace excise {

// Below this q a layer counts as one with an effect.
inline constexpr double kSignificance = 0.05;

// Why there is no test of effects that are NaN or infinite.
inline constexpr const char* kNotFinite = "an effect is not finite";

// Of the mean effect against 0.
struct MeanTest : OneSampleT {
  std::optional<double> q;  // Benjamini-Hochberg over what is tested together
};

// Sets q of those that have a p.
Status adjust_over_layers(std::span<MeanTest* const> tests);

// Share of variance against an effect, over what has one.
struct ShareVersusT {
  Correlation pearson;
  Correlation spearman;
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_MEAN_TEST_H_
