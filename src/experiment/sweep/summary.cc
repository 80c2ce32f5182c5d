#include "experiment/sweep/summary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "experiment/common/token_selection.h"
#include "experiment/sweep/effect_tests.h"
#include "experiment/sweep/headline.h"
#include "experiment/sweep/share_undone.h"
#include "experiment/sweep/warnings.h"

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
  summary.basis_note = findings.basis_note;
  summary.share = findings.share;
  summary.value_change = findings.value_change;
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
  if (findings.removed && findings.empty) {
    summary.removed = summarize_branch(*findings.removed, clean);
    summary.empty = summarize_branch(*findings.empty, clean);
  }
  summary.cells = findings.cells;
  return summary;
}

// d(preset) - d(removed) - d(empty), token by token.
std::vector<double> interaction_of(const LayerFindings& findings) {
  std::vector<double> out = findings.removal.delta_logprob;
  for (size_t t = 0; t < out.size(); ++t) {
    out[t] -=
        findings.removed->delta_logprob[t] + findings.empty->delta_logprob[t];
  }
  return out;
}

// Streams of the seed: one for each of a layer's four series, and one for
// bootstraps over layers.
uint64_t stream_of(size_t layer, size_t series) { return 4 * layer + series; }
constexpr uint64_t kBootstrapStream = uint64_t{1} << 32;

Status test_layer(const LayerFindings& findings, const SweepResult& result,
                  LayerSummary& summary) {
  const Spec& spec = result.spec;
  const std::vector<size_t> tested = tested_tokens(result);
  const auto test = [&](std::span<const double> d,
                        size_t series) -> Result<EffectTests> {
    EffectTests tests =
        EXCISE_TRY(test_effect(d, tested,
                               {.seed = spec.seed,
                                .stream = stream_of(findings.layer, series),
                                .permutations = spec.permutations}));
    if (!result.entries.are_tokens) {
      tests.second.reset();
      tests.largest.reset();
    }
    return tests;
  };
  summary.removal.effect = EXCISE_TRY(test(findings.removal.delta_logprob, 0));
  if (findings.removed && findings.empty) {
    summary.removed->effect =
        EXCISE_TRY(test(findings.removed->delta_logprob, 1));
    summary.empty->effect = EXCISE_TRY(test(findings.empty->delta_logprob, 2));
    summary.interaction = EXCISE_TRY(test(interaction_of(findings), 3));
    summary.undone =
        EXCISE_TRY(share_undone(chosen(findings.removal.delta_logprob, tested),
                                chosen(findings.removed->delta_logprob, tested),
                                summary.removed->effect.default_n));
  }
  summary.controls = EXCISE_TRY(summarize_controls(
      findings.controls, tested, summary.removal.effect.default_n.mean,
      summary.removed ? summary.removed->effect.default_n.mean : std::nullopt));
  summary.scan = EXCISE_TRY(summarize_scan(result, findings));
  summary.parts = EXCISE_TRY(summarize_parts(findings, tested));
  summary.variants = EXCISE_TRY(
      summarize_variants(findings, result.variants, tested, result.other_text));
  summary.constant = EXCISE_TRY(summarize_constant(findings, tested));
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
  std::vector<SecondOpinion*> seconds;
  for (EffectTests* effect : series) {
    if (effect->second) seconds.push_back(&*effect->second);
  }
  return adjust_second_opinions(seconds);
}

Status adjust_all(std::vector<LayerSummary>& layers) {
  Series removal, removed, empty, interaction;
  std::vector<ScanSummary*> scans;
  std::vector<VariantsSummary*> variants;
  for (LayerSummary& layer : layers) {
    removal.push_back(&layer.removal.effect);
    if (layer.removed) removed.push_back(&layer.removed->effect);
    if (layer.empty) empty.push_back(&layer.empty->effect);
    if (layer.interaction) interaction.push_back(&*layer.interaction);
    scans.push_back(&layer.scan);
    variants.push_back(&layer.variants);
  }
  for (const Series& series : {removal, removed, empty, interaction})
    EXCISE_CHECK(adjust_series(series));
  EXCISE_CHECK(adjust_scan(scans));
  EXCISE_CHECK(adjust_direct(layers));
  EXCISE_CHECK(adjust_variants(variants));
  EXCISE_CHECK(adjust_constants(layers));
  // The removal of a scan is one of its cells, and has one q.
  for (LayerSummary& layer : layers) {
    if (layer.scan.steps.empty()) continue;
    const ScanStep& first = layer.scan.steps.front();
    layer.removal.effect.default_n.q = first.effect.q;
    if (layer.removal.effect.second)
      layer.removal.effect.second->q = first.second.q;
  }
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
    double sum = 0;
    for (const LayerSummary& layer : layers) {
      if (std::ranges::find(one.layers, layer.layer) == one.layers.end())
        continue;
      sum += layer.removal.effect.default_n.mean.value_or(
          std::numeric_limits<double>::quiet_NaN());
    }
    if (std::isfinite(sum)) one.sum_of_single = sum;
  }
  for (TogetherSummary& one : summaries) series.push_back(&one.branch.effect);
  EXCISE_CHECK(adjust_series(series));
  return summaries;
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
  EXCISE_CHECK(summarize_texts(result, summary.layers));
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
  if (result.other_text) {
    const auto& other = *result.other_text;
    summary.other_text =
        EXCISE_TRY(test_mean_of(chosen(other.delta_logprob, other.tested)));
  }
  summary.headline = EXCISE_TRY(headline_of(summary.layers));
  summary.warnings = warnings_of(result);
  return summary;
}

}  // namespace excise
