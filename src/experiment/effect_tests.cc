#include "experiment/effect_tests.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "core/random.h"
#include "math/statistics/benjamini_hochberg.h"
#include "math/statistics/sign_flip.h"

namespace excise {
namespace {

bool all_finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(),
                     [](double value) { return std::isfinite(value); });
}

EffectTests not_finite(size_t tokens) {
  constexpr const char* kReason = "an effect is not finite";
  EffectTests tests;
  tests.published_n.n = tokens;
  tests.default_n.n = tokens - 1;
  tests.published_n.reason = kReason;
  tests.default_n.reason = kReason;
  tests.wilcoxon.reason = kReason;
  return tests;
}

Result<MeanTest> test_mean(std::span<const double> values) {
  return MeanTest{EXCISE_TRY(one_sample_t(values)), std::nullopt};
}

}  // namespace

Result<EffectTests> test_effect(std::span<const double> d,
                                const TestOptions& options) {
  if (!all_finite(d)) return not_finite(d.size());
  const auto predicted = d.subspan(1);
  Random random(options.seed, options.stream);
  EffectTests tests;
  tests.published_n = EXCISE_TRY(test_mean(d));
  tests.default_n = EXCISE_TRY(test_mean(predicted));
  tests.wilcoxon = EXCISE_TRY(wilcoxon(predicted));
  tests.sign_flip_p =
      EXCISE_TRY(sign_flip_p(predicted, options.permutations, random));
  if (predicted.empty()) {
    tests.default_n.reason = "the text has one token, which nothing predicts";
  } else if (predicted.size() == 1) {
    tests.default_n.reason = "only one token of the text is predicted";
  }
  return tests;
}

Status adjust_over_layers(std::span<MeanTest* const> tests) {
  std::vector<std::optional<double>> p;
  for (const MeanTest* test : tests) p.push_back(test->p);
  const auto q = EXCISE_TRY(benjamini_hochberg(p));
  for (size_t i = 0; i < tests.size(); ++i) tests[i]->q = q[i];
  return {};
}

Result<ShareVersusT> share_versus_t(std::span<const double> shares,
                                    std::span<const std::optional<double>> t,
                                    const Bootstrap& bootstrap) {
  std::vector<double> x, y;
  for (size_t i = 0; i < shares.size(); ++i) {
    if (!t[i] || !std::isfinite(shares[i])) continue;
    x.push_back(shares[i]);
    y.push_back(*t[i]);
  }
  ShareVersusT r;
  r.pearson = EXCISE_TRY(pearson(x, y, bootstrap));
  r.spearman = EXCISE_TRY(spearman(x, y, bootstrap));
  return r;
}

}  // namespace excise
