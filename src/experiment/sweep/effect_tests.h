// The tests of a sweep, from series of effects; what cannot be tested says why
// instead of failing.
#ifndef EXCISE_EXPERIMENT_SWEEP_EFFECT_TESTS_H_
#define EXCISE_EXPERIMENT_SWEEP_EFFECT_TESTS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/error.h"
#include "experiment/sweep/summary.h"

namespace excise {

struct TestOptions {
  uint64_t seed = 0;
  uint64_t stream = 0;
  size_t permutations = 0;
};

// d: [tokens], 0 where there is no effect by construction; tested: the
// positions where there may be one, which default_n and the tests without a
// convention take.
Result<EffectTests> test_effect(std::span<const double> d,
                                std::span<const size_t> tested,
                                const TestOptions& options);

// t of these values alone; where one is not finite there is no test, and the
// reason says so.
Result<MeanTest> test_mean_of(std::span<const double> values);

// shares, t: one value a layer.
Result<ShareVersusT> share_versus_t(std::span<const double> shares,
                                    std::span<const std::optional<double>> t,
                                    const Bootstrap& bootstrap);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_EFFECT_TESTS_H_
