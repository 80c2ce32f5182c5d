#include "experiment/sweep/effect_tests.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "core/random.h"
#include "math/statistics/sign_flip.h"

namespace excise {
namespace {

bool all_finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(),
                     [](double value) { return std::isfinite(value); });
}

EffectTests not_finite(size_t tokens, size_t tested) {
  EffectTests tests;
  tests.second = SecondOpinion();
  tests.second->n = tested;
  tests.second->reason = kNotFinite;
  tests.published_n.n = tokens;
  tests.default_n.n = tested;
  tests.published_n.reason = kNotFinite;
  tests.default_n.reason = kNotFinite;
  tests.wilcoxon.reason = kNotFinite;
  return tests;
}

}  // namespace

Result<MeanTest> test_mean_of(std::span<const double> values) {
  MeanTest test;
  if (!all_finite(values)) {
    test.n = values.size();
    test.reason = kNotFinite;
    return test;
  }
  static_cast<OneSampleT&>(test) = EXCISE_TRY(one_sample_t(values));
  return test;
}

Result<EffectTests> test_effect(std::span<const double> d,
                                std::span<const size_t> tested,
                                const TestOptions& options) {
  if (!all_finite(d)) return not_finite(d.size(), tested.size());
  const std::vector<double> predicted = chosen(d, tested);
  Random random(options.seed, options.stream);
  EffectTests tests;
  tests.published_n = EXCISE_TRY(test_mean_of(d));
  tests.default_n = EXCISE_TRY(test_mean_of(predicted));
  tests.wilcoxon = EXCISE_TRY(wilcoxon(predicted));
  tests.sign_flip_p =
      EXCISE_TRY(sign_flip_p(predicted, options.permutations, random));
  tests.second = EXCISE_TRY(second_opinion_of(predicted));
  tests.largest = largest_token(d, tested);
  if (d.size() == 1) {
    tests.default_n.reason = "the text has one token, which nothing predicts";
  } else if (predicted.empty()) {
    tests.default_n.reason = "no token comes after those that are edited";
  } else if (predicted.size() == 1) {
    tests.default_n.reason = "only one token of the text is predicted";
  }
  return tests;
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
