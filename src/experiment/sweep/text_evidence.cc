#include "experiment/sweep/text_evidence.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

#include "experiment/sweep/effect_tests.h"
#include "experiment/sweep/summary.h"
#include "io/safetensors_writer.h"

namespace excise {
namespace {

// One text of a result at one layer.
struct TextAtLayer {
  double tokens = 0;  // tested
  double effect = 0;  // mean
  TextEvidence evidence;
  std::vector<std::vector<double>> control_means;  // [controls][repeats]
};

std::vector<std::vector<double>> means_of(
    const std::vector<ControlFindings>& controls, size_t count,
    std::vector<std::vector<double>> ControlFindings::*draws,
    std::span<const size_t> tested) {
  std::vector<std::vector<double>> means;
  for (size_t c = 0; c < count; ++c) {
    std::vector<double>& repeats = means.emplace_back();
    for (const std::vector<double>& draw : controls[c].*draws)
      repeats.push_back(sum_over(draw, 0, tested) /
                        static_cast<double>(tested.size()));
  }
  return means;
}

// The first text has all of its findings.
TextAtLayer of_first(const SweepResult& result, size_t i,
                     std::span<const size_t> tested) {
  const LayerFindings& findings = result.findings[i];
  const size_t controls = result.spec.controls.size();
  const auto tokens = static_cast<double>(tested.size());
  TextAtLayer text;
  text.tokens = tokens;
  text.effect = sum_over(findings.removal.delta_logprob, 0, tested) / tokens;
  text.evidence.sums = evidence_sums(findings.removal, 0, tested);
  text.evidence.direct =
      sum_over(findings.removal.parts.direct, 0, tested) / tokens;
  text.control_means = means_of(findings.controls, controls,
                                &ControlFindings::delta_logprob, tested);
  text.evidence.control_direct =
      means_of(findings.controls, controls, &ControlFindings::direct, tested);
  for (const std::vector<double>& variant : findings.variants)
    text.evidence.variants.push_back(sum_over(variant, 0, tested));
  return text;
}

TextAtLayer of_further(const TextFindings& findings, size_t i) {
  const auto tokens = static_cast<double>(findings.tested.size());
  return {tokens,
          sum_over(findings.delta_logprob[i], 0, findings.tested) / tokens,
          findings.evidence[i], findings.control_means[i]};
}

// Nothing for a text without a tested token.
std::vector<std::optional<TextAtLayer>> texts_at(const SweepResult& result,
                                                 size_t i) {
  std::vector<std::optional<TextAtLayer>> texts;
  const std::vector<size_t> tested = tested_tokens(result);
  texts.emplace_back();
  if (!tested.empty()) texts.back() = of_first(result, i, tested);
  for (const TextFindings& text : result.further_texts) {
    texts.emplace_back();
    if (!text.tested.empty()) texts.back() = of_further(text, i);
  }
  return texts;
}

// of(text) of each, behind an entry that counts for nothing.
template <typename Of>
std::vector<double> series(const std::vector<TextAtLayer>& texts,
                           const Of& of) {
  std::vector<double> values = {0};
  for (const TextAtLayer& text : texts) values.push_back(of(text));
  return values;
}

PartsOfEffect parts_over(const std::vector<TextAtLayer>& texts) {
  PartsOfEffect parts;
  const size_t shares = texts.front().evidence.sums.shares.size();
  if (shares == 0) return parts;
  parts.direct = series(
      texts, [](const TextAtLayer& text) { return text.evidence.direct; });
  parts.shares = Matrix<double>(shares, 1 + texts.size());
  for (size_t t = 0; t < texts.size(); ++t) {
    const EvidenceSums& sums = texts[t].evidence.sums;
    for (size_t p = 0; p < shares; ++p)
      parts.shares(p, 1 + t) = sums.shares[p] / texts[t].tokens;
    parts.error = std::max(parts.error, sums.error);
    parts.points = std::max(parts.points, sums.points);
  }
  return parts;
}

std::vector<std::vector<double>> draws_over(
    const std::vector<TextAtLayer>& texts,
    const std::function<const std::vector<double>&(const TextAtLayer&)>& of) {
  std::vector<std::vector<double>> draws;
  for (size_t r = 0; r < of(texts.front()).size(); ++r)
    draws.push_back(
        series(texts, [&](const TextAtLayer& text) { return of(text)[r]; }));
  return draws;
}

void add_variants(const std::vector<TextAtLayer>& texts,
                  std::span<const Variant> variants, LayerFindings& findings) {
  if (variants.empty()) return;
  const auto all = [&](const auto& of) {
    std::vector<double> values;
    for (const TextAtLayer& text : texts) values.push_back(of(text));
    return values;
  };
  for (size_t v = 0; v < variants.size(); ++v) {
    const auto sum = [v](const TextAtLayer& text) {
      return text.evidence.variants[v];
    };
    findings.variants.push_back(
        variants[v].kind == VariantKind::kWithoutFirst
            ? behind_first_means(all(sum), all([](const TextAtLayer& text) {
                                   return static_cast<double>(
                                       text.evidence.sums.behind_first);
                                 }))
            : series(texts, [&](const TextAtLayer& text) {
                return sum(text) / text.tokens;
              }));
  }
  findings.halves = halves_of_units(
      "each text",
      all([](const TextAtLayer& text) { return text.effect * text.tokens; }),
      all([](const TextAtLayer& text) {
        return text.evidence.sums.first_half;
      }),
      all([](const TextAtLayer& text) { return text.tokens; }),
      all([](const TextAtLayer& text) {
        return static_cast<double>(text.evidence.sums.half);
      }));
}

}  // namespace

double sum_over(std::span<const double> series, size_t first,
                std::span<const size_t> tested) {
  if (series.empty()) return 0;
  double sum = 0;
  for (const size_t t : tested) sum += series[first + t];
  return sum;
}

EvidenceSums evidence_sums(const BranchEffect& removal, size_t first,
                           std::span<const size_t> tested) {
  EvidenceSums sums;
  const Matrix<double>& shares = removal.parts.shares;
  for (size_t p = 0; p < shares.rows(); ++p)
    sums.shares.push_back(sum_over(shares.row(p), first, tested));
  if (shares.rows() > 0) {
    sums.points = removal.parts.points;
    for (const size_t t : tested)
      sums.error = std::max(sums.error, share_error(removal, first + t));
  }
  sums.half = tested.size() / 2;
  sums.first_half =
      sum_over(removal.delta_logprob, first, tested.first(sums.half));
  sums.behind_first = static_cast<size_t>(
      std::ranges::count_if(tested, [](size_t t) { return t >= 2; }));
  return sums;
}

bool has_text_evidence(const SweepResult& result) {
  return !result.further_texts.empty() &&
         !result.further_texts.front().evidence.empty() &&
         (result.spec.parts || !result.variants.empty());
}

LayerFindings findings_over_texts(const SweepResult& result, size_t i) {
  std::vector<TextAtLayer> texts;
  for (auto& text : texts_at(result, i)) {
    if (text) texts.push_back(std::move(*text));
  }
  LayerFindings findings;
  findings.layer = result.findings[i].layer;
  if (texts.empty()) return findings;
  findings.removal.delta_logprob =
      series(texts, [](const TextAtLayer& text) { return text.effect; });
  findings.removal.parts = parts_over(texts);
  for (size_t c = 0; c < result.spec.controls.size(); ++c) {
    findings.controls.push_back(
        {Cell::kPreset, result.spec.controls[c].control,
         draws_over(
             texts,
             [c](const TextAtLayer& text) -> const auto& {
               return text.control_means[c];
             }),
         draws_over(
             texts, [c](const TextAtLayer& text) -> const auto& {
               return text.evidence.control_direct[c];
             })});
  }
  add_variants(texts, result.variants, findings);
  return findings;
}

std::vector<double> behind_first_means(std::span<const double> sums,
                                       std::span<const double> counts) {
  std::vector<double> means = {0};
  for (size_t u = 0; u < sums.size(); ++u) {
    if (counts[u] > 0) means.push_back(sums[u] / counts[u]);
  }
  return means;
}

HalvesOfUnits halves_of_units(std::string of, std::span<const double> sums,
                              std::span<const double> first_half,
                              std::span<const double> tokens,
                              std::span<const double> half) {
  HalvesOfUnits halves{std::move(of), {}};
  for (size_t u = 0; u < sums.size(); ++u) {
    if (half[u] > 0) halves.means[0].push_back(first_half[u] / half[u]);
    if (tokens[u] > half[u])
      halves.means[1].push_back((sums[u] - first_half[u]) /
                                (tokens[u] - half[u]));
  }
  return halves;
}

void add_text_evidence(TensorWriter& writer, const SweepResult& result) {
  if (!has_text_evidence(result) || result.findings.empty()) return;
  const size_t texts = 1 + result.further_texts.size();
  const size_t layers = result.findings.size();
  const size_t shares = result.findings[0].removal.parts.shares.rows();
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> parts(texts * layers * shares, kNone);
  std::vector<double> direct(texts * layers, kNone);
  std::vector<std::vector<double>> variants(result.variants.size(), direct);
  for (size_t i = 0; i < layers; ++i) {
    const auto at_layer = texts_at(result, i);
    for (size_t m = 0; m < texts; ++m) {
      if (!at_layer[m]) continue;
      const auto& [tokens, effect, evidence, controls] = *at_layer[m];
      const size_t place = m * layers + i;
      direct[place] = evidence.direct;
      for (size_t p = 0; p < shares; ++p)
        parts[place * shares + p] = evidence.sums.shares[p] / tokens;
      for (size_t v = 0; v < variants.size(); ++v) {
        const bool spares =
            result.variants[v].kind == VariantKind::kWithoutFirst;
        // 0 / 0 where no token is left.
        variants[v][place] =
            evidence.variants[v] /
            (spares ? static_cast<double>(evidence.sums.behind_first) : tokens);
      }
    }
  }
  if (shares > 0) {
    writer.add("text_parts", {texts, layers, shares},
               std::span<const double>(parts));
    writer.add("text_direct", {texts, layers}, std::span<const double>(direct));
  }
  for (size_t v = 0; v < variants.size(); ++v)
    writer.add("text_" + result.variants[v].id, {texts, layers},
               std::span<const double>(variants[v]));
}

Status summarize_text_evidence(const SweepResult& result,
                               std::vector<LayerSummary>& layers) {
  if (!has_text_evidence(result)) return {};
  std::vector<MeanTest*> direct;
  std::vector<VariantsSummary*> variants;
  for (size_t i = 0; i < layers.size(); ++i) {
    OverTexts& over = *layers[i].over_texts;
    const LayerFindings findings = findings_over_texts(result, i);
    const size_t units = findings.removal.delta_logprob.size();
    if (units == 0) return {};  // no text has a token to measure
    const std::vector<size_t> all = tested_tokens({}, units);
    over.parts = EXCISE_TRY(summarize_parts(findings, all));
    over.variants =
        EXCISE_TRY(summarize_variants(findings, result.variants, all));
    variants.push_back(&over.variants);
    if (over.parts) direct.push_back(&over.parts->direct.effect);
  }
  EXCISE_CHECK(adjust_over_layers(direct));
  return adjust_variants(variants);
}

Summary evidence_over_texts(const Summary& summary) {
  Summary over;
  for (const LayerSummary& layer : summary.layers) {
    LayerSummary& one = over.layers.emplace_back();
    one.layer = layer.layer;
    one.removal.effect.default_n = layer.over_texts->test;
    one.parts = layer.over_texts->parts;
    one.variants = layer.over_texts->variants;
  }
  if (summary.headline.over_texts)
    static_cast<EffectHeadline&>(over.headline) = *summary.headline.over_texts;
  return over;
}

}  // namespace excise
