#include "experiment/summary.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "experiment/effect_tests.h"

namespace excise {
namespace {

double mean_of(std::span<const double> values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

BranchSummary summarize_branch(const BranchEffect& effect,
                               const CleanRun& clean) {
  BranchSummary summary;
  summary.kl_mean = mean_of(effect.kl);
  const auto changed = std::count(effect.top1_changed.begin(),
                                  effect.top1_changed.end(), uint8_t{1});
  summary.top1_changed_share =
      ratio(static_cast<double>(changed),
            static_cast<double>(effect.top1_changed.size()));
  summary.drift_end = effect.drift.back();
  summary.drift_end_relative =
      ratio(summary.drift_end, clean.state_norm.back());
  summary.drift_resid_final = effect.drift_resid_final;
  summary.drift_resid_final_relative =
      ratio(summary.drift_resid_final, clean.resid_final_norm);
  return summary;
}

LayerSummary describe_layer(const LayerFindings& findings,
                            const CleanRun& clean) {
  LayerSummary summary;
  summary.layer = findings.layer;
  summary.share = findings.share;
  summary.value_change = findings.value_change;
  summary.value_change_empty = findings.value_change_empty;
  summary.cov_change = findings.cov_change;
  summary.participation_before = findings.participation_before;
  summary.participation_after = findings.participation_after;
  summary.sink_share = findings.u0.front() * findings.u0.front();
  double fourth_powers = 0;
  for (size_t j = 0; j < findings.v0.size(); ++j) {
    const double square = findings.v0[j] * findings.v0[j];
    fourth_powers += square * square;
    if (square > summary.v_max_sq) {
      summary.v_max_sq = square;
      summary.v_max_neuron = j;
    }
  }
  summary.v_participation = ratio(1, fourth_powers);
  summary.removal = summarize_branch(findings.removal, clean);
  if (findings.empty) summary.empty = summarize_branch(*findings.empty, clean);
  return summary;
}

std::vector<double> difference(std::span<const double> a,
                               std::span<const double> b) {
  std::vector<double> out(a.begin(), a.end());
  std::transform(out.begin(), out.end(), b.begin(), out.begin(), std::minus());
  return out;
}

// Streams of the seed: one for each of a layer's three series, and one for
// bootstraps over layers.
uint64_t stream_of(size_t layer, size_t series) { return 3 * layer + series; }
constexpr uint64_t kBootstrapStream = uint64_t{1} << 32;

Status test_layer(const LayerFindings& findings, const SweepResult& result,
                  LayerSummary& summary) {
  const Spec& spec = result.spec;
  const std::vector<size_t> tested = tested_tokens(result);
  const auto test = [&](std::span<const double> d, size_t series) {
    return test_effect(d, tested,
                       {.seed = spec.seed,
                        .stream = stream_of(findings.layer, series),
                        .permutations = spec.permutations});
  };
  summary.removal.effect = EXCISE_TRY(test(findings.removal.delta_logprob, 0));
  summary.controls = EXCISE_TRY(summarize_controls(
      findings.controls, tested, summary.removal.effect.default_n.mean));
  if (!findings.empty) {
    summary.scan = EXCISE_TRY(summarize_scan(result, findings,
                                             spec.removal.identity_when_empty()
                                                 ? std::optional(0.0)
                                                 : std::nullopt));
    return {};
  }
  summary.empty->effect = EXCISE_TRY(test(findings.empty->delta_logprob, 1));
  summary.net = EXCISE_TRY(test(
      difference(findings.removal.delta_logprob, findings.empty->delta_logprob),
      2));
  summary.scan = EXCISE_TRY(
      summarize_scan(result, findings, summary.empty->effect.default_n.mean));
  return {};
}

// The tests of one series, over layers.
using Series = std::vector<EffectTests*>;

Status adjust_series(const Series& series) {
  for (MeanTest EffectTests::*convention :
       {&EffectTests::default_n, &EffectTests::published_n}) {
    std::vector<MeanTest*> tests;
    for (EffectTests* effect : series) tests.push_back(&(effect->*convention));
    EXCISE_CHECK(adjust_over_layers(tests));
  }
  return {};
}

Status adjust_all(std::vector<LayerSummary>& layers) {
  Series removal, empty, net;
  for (LayerSummary& layer : layers) {
    removal.push_back(&layer.removal.effect);
    if (layer.empty) empty.push_back(&layer.empty->effect);
    if (layer.net) net.push_back(&*layer.net);
  }
  for (const Series& series : {removal, empty, net}) {
    EXCISE_CHECK(adjust_series(series));
  }
  std::vector<ScanSummary*> scans;
  for (LayerSummary& layer : layers) scans.push_back(&layer.scan);
  EXCISE_CHECK(adjust_scan(scans));
  return {};
}

constexpr uint64_t kTogetherStream = uint64_t{3} << 32;

Result<std::vector<TogetherSummary>> test_together(
    const SweepResult& result, const std::vector<LayerSummary>& layers) {
  std::vector<TogetherSummary> summaries;
  Series series;
  const std::vector<size_t> tested = tested_tokens(result);
  for (const TogetherFindings& findings : result.together) {
    TogetherSummary& one = summaries.emplace_back();
    one.layers = findings.layers;
    one.branch = summarize_branch(findings.effect, result.clean);
    one.branch.effect =
        EXCISE_TRY(test_effect(findings.effect.delta_logprob, tested,
                               {.seed = result.spec.seed,
                                .stream = kTogetherStream + summaries.size(),
                                .permutations = result.spec.permutations}));
    for (const LayerSummary& layer : layers) {
      if (std::ranges::find(one.layers, layer.layer) == one.layers.end())
        continue;
      one.sum_of_single += layer.removal.effect.default_n.mean.value_or(0);
    }
  }
  for (TogetherSummary& one : summaries) series.push_back(&one.branch.effect);
  EXCISE_CHECK(adjust_series(series));
  return summaries;
}

bool significant(const MeanTest& test) {
  return test.q && *test.q < kSignificance;
}

// Share of the mean effect that K = {} has too, over the layers but `without`.
std::optional<double> mean_alone_share(const std::vector<LayerSummary>& layers,
                                       std::optional<size_t> without) {
  double removal = 0;
  double empty = 0;
  bool hurt = false;
  for (const LayerSummary& layer : layers) {
    if (!layer.empty || layer.layer == without) continue;
    const MeanTest& test = layer.removal.effect.default_n;
    hurt = hurt || (significant(test) && *test.mean > 0);
    removal += test.mean.value_or(0);
    empty += layer.empty->effect.default_n.mean.value_or(0);
  }
  if (!hurt || removal <= 0) return std::nullopt;
  return empty / removal;
}

std::vector<ControlHeadline> control_headlines(
    const std::vector<LayerSummary>& layers) {
  std::vector<ControlHeadline> headlines;
  for (const ControlSummary& control : layers.front().controls)
    headlines.push_back({control.control, control.repeats(), {}});
  for (const LayerSummary& layer : layers) {
    for (size_t i = 0; i < headlines.size(); ++i) {
      if (layer.controls[i].p.value_or(1) < kSignificance)
        headlines[i].layers_beyond.push_back(layer.layer);
    }
  }
  return headlines;
}

Headline headline_of(const std::vector<LayerSummary>& layers) {
  Headline headline;
  double worst = -HUGE_VAL;
  for (const LayerSummary& layer : layers) {
    const MeanTest& test = layer.removal.effect.default_n;
    if (test.mean && *test.mean > worst) {
      worst = *test.mean;
      headline.worst_layer = layer.layer;
    }
    if (significant(test)) {
      (*test.mean > 0 ? headline.layers_hurt : headline.layers_helped)
          .push_back(layer.layer);
    }
    if (layer.over_texts && significant(layer.over_texts->test) &&
        *layer.over_texts->test.mean > 0) {
      headline.layers_hurt_over_texts.push_back(layer.layer);
    }
    if (worst_step(layer.scan) == size_t{0})
      headline.layers_first_worst.push_back(layer.layer);
    if (layer.net && significant(layer.net->default_n)) {
      headline.layers_net.push_back(layer.layer);
    }
  }
  if (!layers.empty()) headline.controls = control_headlines(layers);
  headline.mean_alone_share = mean_alone_share(layers, std::nullopt);
  headline.mean_alone_share_without_worst =
      mean_alone_share(layers, headline.worst_layer);
  return headline;
}

}  // namespace

Result<Summary> summarize(const SweepResult& result, const Progress& progress) {
  Summary summary;
  for (const LayerFindings& findings : result.findings) {
    EXCISE_CHECK(progress.check_cancelled());
    summary.layers.push_back(describe_layer(findings, result.clean));
    EXCISE_CHECK(test_layer(findings, result, summary.layers.back()));
  }
  EXCISE_CHECK(adjust_all(summary.layers));
  const auto texts = EXCISE_TRY(summarize_texts(result));
  for (size_t i = 0; i < texts.size(); ++i)
    summary.layers[i].over_texts = texts[i];
  const Bootstrap bootstrap{.seed = result.spec.seed,
                            .stream = kBootstrapStream};
  for (const bool published : {false, true}) {
    std::vector<double> shares;
    std::vector<std::optional<double>> t;
    for (const LayerSummary& layer : summary.layers) {
      const EffectTests& effect = layer.removal.effect;
      shares.push_back(layer.share);
      t.push_back(published ? effect.published_n.t : effect.default_n.t);
    }
    (published ? summary.share_vs_t_published_n
               : summary.share_vs_t_default_n) =
        EXCISE_TRY(share_versus_t(shares, t, bootstrap));
  }
  summary.together = EXCISE_TRY(test_together(result, summary.layers));
  summary.headline = headline_of(summary.layers);
  return summary;
}

}  // namespace excise
