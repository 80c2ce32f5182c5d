#include "experiment/sweep/text_summary.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include "experiment/sweep/effect_tests.h"
#include "experiment/sweep/summary.h"
#include "experiment/sweep/text_evidence.h"
#include "math/statistics/finite.h"
#include "math/statistics/over_texts.h"

namespace excise {
namespace {

constexpr uint64_t kTextStream = uint64_t{5} << 31;  // of the seed

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(values.size());
}

// The effects of one layer, [texts with a tested token].
class TextsOfLayer {
 public:
  TextsOfLayer(const SweepResult& result, size_t layer)
      : result_(result), layer_(layer) {
    const LayerFindings& first = result.findings[layer];
    add(chosen(first.removal.delta_logprob, tested_tokens(result)), nullptr);
    for (const TextFindings& text : result.further_texts)
      add(chosen(text.delta_logprob[layer], text.tested), &text);
  }

  const std::vector<std::vector<double>>& effects() const { return effects_; }

  // values [texts with a tested token] -> [texts], NaN for the others.
  std::vector<double> in_place(std::span<const double> values) const {
    std::vector<double> all(1 + result_.further_texts.size(),
                            std::numeric_limits<double>::quiet_NaN());
    for (size_t i = 0; i < texts_.size(); ++i) {
      const auto place = texts_[i] == nullptr
                             ? 0
                             : 1 + (texts_[i] - result_.further_texts.data());
      all[static_cast<size_t>(place)] = values[i];
    }
    return all;
  }

  // first: the mean of the first text; of(text): that of a further one.
  template <typename Of>
  std::vector<double> means(double first, const Of& of) const {
    std::vector<double> out;
    for (const TextFindings* text : texts_)
      out.push_back(text == nullptr ? first : of(*text));
    return out;
  }

  // of_first: the preset's controls of the first text.
  Result<std::vector<ControlSummary>> controls(
      std::span<const ControlSummary> of_first,
      std::optional<double> edit_mean) const {
    std::vector<ControlSummary> summaries;
    for (size_t i = 0; i < result_.spec.controls.size(); ++i) {
      ControlSummary& one = summaries.emplace_back();
      one.control = of_first[i].control;
      one.edit_mean = edit_mean;
      for (size_t r = 0; r < of_first[i].repeats(); ++r) {
        const std::vector<double> draw =
            means(of_first[i].mean[r], [&](const TextFindings& text) {
              return text.control_means[layer_][i][r];
            });
        const MeanTest test = EXCISE_TRY(test_mean_of(draw));
        one.mean.push_back(
            test.mean.value_or(std::numeric_limits<double>::quiet_NaN()));
        one.t.push_back(test.t);
      }
      take_standing(one);
    }
    return summaries;
  }

  Result<std::vector<MeanTest>> scan(const ScanSummary& of_first) const {
    std::vector<MeanTest> tests;
    for (size_t step = 0; step < of_first.steps.size(); ++step) {
      tests.push_back(EXCISE_TRY(
          test_mean_of(means(of_first.steps[step].effect.mean.value_or(
                                 std::numeric_limits<double>::quiet_NaN()),
                             [&](const TextFindings& text) {
                               return text.scan_means[layer_][step];
                             }))));
    }
    return tests;
  }

 private:
  // text: null for the first one.
  void add(std::vector<double> effects, const TextFindings* text) {
    if (effects.empty()) return;
    effects_.push_back(std::move(effects));
    texts_.push_back(text);
  }

  const SweepResult& result_;
  size_t layer_;
  std::vector<std::vector<double>> effects_;
  std::vector<const TextFindings*> texts_;
};

Result<OverTexts> over_texts(const TextsOfLayer& texts,
                             const LayerSummary& of_first,
                             const Bootstrap& bootstrap) {
  OverTexts summary;
  std::vector<double> measured;
  for (const std::vector<double>& effects : texts.effects())
    measured.push_back(mean_of(effects));
  summary.means = texts.in_place(measured);
  summary.test = EXCISE_TRY(test_mean_of(measured));
  if (all_finite(measured)) {
    summary.interval =
        EXCISE_TRY(test_texts(texts.effects(), bootstrap)).interval;
  }
  summary.controls =
      EXCISE_TRY(texts.controls(of_first.controls, summary.test.mean));
  summary.scan = EXCISE_TRY(texts.scan(of_first.scan));
  return summary;
}

}  // namespace

Status summarize_texts(const SweepResult& result,
                       std::vector<LayerSummary>& layers) {
  if (result.further_texts.empty()) return {};
  std::vector<MeanTest*> tests;
  std::vector<MeanTest*> grid;
  for (size_t i = 0; i < layers.size(); ++i) {
    layers[i].over_texts = EXCISE_TRY(over_texts(
        TextsOfLayer(result, i), layers[i],
        {.seed = result.spec.seed, .stream = kTextStream + result.layers[i]}));
    tests.push_back(&layers[i].over_texts->test);
    for (MeanTest& step : layers[i].over_texts->scan) grid.push_back(&step);
  }
  EXCISE_CHECK(adjust_over_layers(tests));
  EXCISE_CHECK(adjust_over_layers(grid));
  EXCISE_CHECK(summarize_text_evidence(result, layers));
  if (grid.empty()) return {};
  // The removal of a scan is one of its cells, and has one q.
  for (LayerSummary& layer : layers)
    layer.over_texts->test.q = layer.over_texts->scan.front().q;
  return {};
}

}  // namespace excise
