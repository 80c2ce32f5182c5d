#include "experiment/text_summary.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "experiment/effect_tests.h"
#include "math/statistics/over_texts.h"

namespace excise {
namespace {

constexpr uint64_t kTextStream = uint64_t{5} << 31;  // of the seed

Result<OverTexts> over_texts(const std::vector<std::vector<double>>& texts,
                             const Bootstrap& bootstrap) {
  OverTexts summary;
  std::vector<double> measured;
  for (const std::vector<double>& text : texts) {
    // 0 / 0 is NaN, which keeps the place of a text that nothing measures.
    summary.means.push_back(std::accumulate(text.begin(), text.end(), 0.0) /
                            static_cast<double>(text.size()));
    if (!text.empty()) measured.push_back(summary.means.back());
  }
  summary.test = EXCISE_TRY(test_mean_of(measured));
  if (std::ranges::all_of(measured,
                          [](double mean) { return std::isfinite(mean); })) {
    summary.interval = EXCISE_TRY(test_texts(texts, bootstrap)).interval;
  }
  return summary;
}

}  // namespace

Result<std::vector<OverTexts>> summarize_texts(const SweepResult& result) {
  std::vector<OverTexts> layers;
  if (result.further_texts.empty()) return layers;
  const std::vector<size_t> tested = tested_tokens(result);
  for (size_t i = 0; i < result.layers.size(); ++i) {
    std::vector<std::vector<double>> texts = {
        chosen(result.findings[i].removal.delta_logprob, tested)};
    for (const TextFindings& text : result.further_texts)
      texts.push_back(chosen(text.delta_logprob[i], text.tested));
    layers.push_back(EXCISE_TRY(over_texts(
        texts,
        {.seed = result.spec.seed, .stream = kTextStream + result.layers[i]})));
  }
  std::vector<MeanTest*> tests;
  for (OverTexts& layer : layers) tests.push_back(&layer.test);
  EXCISE_CHECK(adjust_over_layers(tests));
  return layers;
}

}  // namespace excise
