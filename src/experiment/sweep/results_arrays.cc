#include "experiment/sweep/results_arrays.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>

#include "experiment/sweep/constant_results.h"
#include "experiment/sweep/parts_results.h"
#include "experiment/sweep/text_evidence.h"
#include "experiment/sweep/variants_results.h"

namespace excise {
namespace {

// Puts one row a layer under each other. row(findings) is a range of numbers.
template <typename T, typename Row>
void add_rows(TensorWriter& writer, std::string name, const SweepResult& result,
              size_t cols, const Row& row) {
  std::vector<T> values;
  values.reserve(result.findings.size() * cols);
  for (const LayerFindings& findings : result.findings) {
    const auto& numbers = row(findings);
    values.insert(values.end(), std::begin(numbers), std::end(numbers));
  }
  writer.add(std::move(name), {result.findings.size(), cols},
             std::span<const T>(values));
}

template <typename T>
void add_matrix(TensorWriter& writer, std::string name,
                const Matrix<T>& matrix) {
  writer.add(std::move(name), {matrix.rows(), matrix.cols()}, matrix.values());
}

void add_vector(TensorWriter& writer, std::string name,
                const std::vector<double>& values) {
  writer.add(std::move(name), {values.size()}, std::span<const double>(values));
}

template <typename From>
void add_integers(TensorWriter& writer, std::string name,
                  const std::vector<From>& from) {
  const std::vector<int64_t> values(from.begin(), from.end());
  writer.add(std::move(name), {values.size()},
             std::span<const int64_t>(values));
}

// The effect of one kind of branch, under names that end in `suffix`.
// effect(findings) is a BranchEffect.
template <typename Effect>
void add_effects(TensorWriter& writer, const std::string& suffix,
                 const SweepResult& result, const Effect& effect) {
  const size_t tokens = result.ids.size();
  const auto add = [&](const char* name, size_t cols, auto member) {
    add_rows<double>(
        writer, name + suffix, result,
        cols, [&](const LayerFindings& findings) -> const auto& {
          return effect(findings).*member;
        });
  };
  const size_t states = result.clean.state_norm.size();
  add("delta_logprob", tokens, &BranchEffect::delta_logprob);
  add("delta_logit", tokens, &BranchEffect::delta_logit);
  add("kl", tokens, &BranchEffect::kl);
  add_rows<int64_t>(
      writer, "top1_changed" + suffix, result,
      tokens, [&](const LayerFindings& findings) -> const auto& {
        return effect(findings).top1_changed;
      });
  add("drift", states, &BranchEffect::drift);
  std::vector<double> final_drift;
  std::vector<float> per_token;
  for (const LayerFindings& findings : result.findings) {
    const BranchEffect& branch = effect(findings);
    final_drift.push_back(branch.drift_resid_final);
    const auto values = branch.drift_per_token.values();
    per_token.insert(per_token.end(), values.begin(), values.end());
  }
  add_vector(writer, "drift_resid_final" + suffix, final_drift);
  writer.add("drift_per_token" + suffix,
             {result.findings.size(), states, tokens},
             std::span<const float>(per_token));
}

// What K = {} does where it is the identity.
BranchEffect no_effect(size_t tokens, size_t states) {
  BranchEffect effect;
  effect.delta_logprob.resize(tokens);
  effect.delta_logit.resize(tokens);
  effect.kl.resize(tokens);
  effect.top1_changed.resize(tokens);
  effect.drift.resize(states);
  effect.drift_per_token = Matrix<float>(states, tokens);
  return effect;
}

// "norm_matched", and "norm_matched_removed" of the removal alone.
std::string array_name(const ControlSummary& control) {
  std::string name(control_name(control.control));
  std::ranges::replace(name, '-', '_');
  return control.cell == Cell::kRemoved ? name + "_removed" : name;
}

// Mean effects of the repeats, one array a control. controls(layer) are those
// of a layer, the same at all of them.
template <typename Controls>
void add_controls(TensorWriter& writer, const std::string& prefix,
                  const Summary& summary, const Controls& controls) {
  const std::vector<ControlSummary>& first = controls(summary.layers.front());
  for (size_t i = 0; i < first.size(); ++i) {
    std::vector<double> means;
    for (const LayerSummary& layer : summary.layers) {
      const std::vector<double>& row = controls(layer)[i].mean;
      means.insert(means.end(), row.begin(), row.end());
    }
    writer.add(prefix + array_name(first[i]),
               {summary.layers.size(), first[i].repeats()},
               std::span<const double>(means));
  }
}

// The grid of a scan, [layers, steps].
void add_scan(TensorWriter& writer, const Summary& summary) {
  if (summary.layers.empty() || summary.layers.front().scan.steps.empty())
    return;
  const auto add = [&](const char* name, auto value) {
    std::vector<double> grid;
    for (const LayerSummary& layer : summary.layers) {
      for (const ScanStep& step : layer.scan.steps)
        grid.push_back(
            value(step).value_or(std::numeric_limits<double>::quiet_NaN()));
    }
    writer.add(
        name, {summary.layers.size(), summary.layers.front().scan.steps.size()},
        std::span<const double>(grid));
  };
  add("scan_mean", [](const ScanStep& step) { return step.effect.mean; });
  add("scan_t", [](const ScanStep& step) { return step.effect.t; });
  add("scan_q", [](const ScanStep& step) { return step.effect.q; });
  add("scan_share",
      [](const ScanStep& step) { return std::optional<double>(step.share); });
}

// Text 0 is the one of all other arrays.
void add_texts(TensorWriter& writer, const SweepResult& result,
               const Summary& summary) {
  if (result.further_texts.empty()) return;
  const size_t texts = 1 + result.further_texts.size();
  std::vector<double> means(texts * summary.layers.size());
  for (size_t i = 0; i < summary.layers.size(); ++i) {
    const OverTexts& over = *summary.layers[i].over_texts;
    for (size_t m = 0; m < std::min(texts, over.means.size()); ++m)
      means[m * summary.layers.size() + i] = over.means[m];
  }
  writer.add("text_mean", {texts, summary.layers.size()},
             std::span<const double>(means));
  add_text_evidence(writer, result);
  add_controls(
      writer, "control_mean_over_texts_", summary,
      [](const LayerSummary& layer) -> const auto& {
        return layer.over_texts->controls;
      });
  for (size_t m = 1; m < texts; ++m) {
    const TextFindings& text = result.further_texts[m - 1];
    const std::string suffix = "_text" + std::to_string(m);
    add_integers(writer, "ids" + suffix, text.ids);
    std::vector<double> rows;
    for (const std::vector<double>& row : text.delta_logprob)
      rows.insert(rows.end(), row.begin(), row.end());
    writer.add("delta_logprob" + suffix,
               {text.delta_logprob.size(), text.ids.size()},
               std::span<const double>(rows));
  }
}

// [sets, ...] of the branches that edit several layers.
void add_together(TensorWriter& writer, const SweepResult& result) {
  if (result.together.empty()) return;
  std::vector<double> effects, drift;
  for (const TogetherFindings& one : result.together) {
    const BranchEffect& effect = one.effect;
    effects.insert(effects.end(), effect.delta_logprob.begin(),
                   effect.delta_logprob.end());
    drift.insert(drift.end(), effect.drift.begin(), effect.drift.end());
  }
  writer.add("delta_logprob_together",
             {result.together.size(), result.ids.size()},
             std::span<const double>(effects));
  writer.add("drift_together",
             {result.together.size(), result.clean.state_norm.size()},
             std::span<const double>(drift));
}

void add_detail(TensorWriter& writer, const LayerDetail& detail) {
  const std::string layer = "_l" + std::to_string(detail.layer);
  add_matrix(writer, "a_clean" + layer, detail.a_clean);
  add_matrix(writer, "a_edited" + layer, detail.a_edited);
  add_matrix(writer, "cov_before", detail.cov_before);
  add_matrix(writer, "cov_after", detail.cov_after);
  add_vector(writer, "eig_before", detail.eig_before);
  add_vector(writer, "eig_after", detail.eig_after);
  add_matrix(writer, "cos_clean", detail.cos_clean);
  add_matrix(writer, "cos_edited", detail.cos_edited);
}

}  // namespace

bool has_empty_branch(const SweepResult& result) {
  return result.removal.identity_when_empty() ||
         (!result.findings.empty() && result.findings.front().empty);
}

TensorWriter result_arrays(const SweepResult& result, const Summary& summary) {
  TensorWriter writer;
  add_integers(writer, "ids", result.ids);
  add_integers(writer, "layers", result.layers);
  add_vector(writer, "logprob_clean", result.clean.logprob);
  add_vector(writer, "logit_clean", result.clean.logit);
  add_integers(writer, "top1_clean", result.clean.top1);
  add_vector(writer, "state_norm", result.clean.state_norm);
  add_effects(writer, "", result,
              [](const LayerFindings& findings) -> const BranchEffect& {
                return findings.removal;
              });
  if (!result.findings.empty() && result.findings.front().removed) {
    add_effects(writer, "_removed", result,
                [](const LayerFindings& findings) -> const BranchEffect& {
                  return *findings.removed;
                });
  }
  if (has_empty_branch(result)) {
    const BranchEffect zero =
        no_effect(result.ids.size(), result.clean.state_norm.size());
    add_effects(writer, "_empty", result,
                [&](const LayerFindings& findings) -> const BranchEffect& {
                  return findings.empty ? *findings.empty : zero;
                });
  }
  if (!result.findings.empty()) {
    const LayerFindings& first = result.findings.front();
    // Of the svd of this text alone.
    if (!first.singular_values.empty()) {
      add_rows<double>(
          writer, "singular_values", result, first.singular_values.size(),
          [](const LayerFindings& findings) -> const auto& {
            return findings.singular_values;
          });
    }
    add_rows<double>(
        writer, "u0", result, first.u0.size(),
        [](const LayerFindings& findings) -> const auto& {
          return findings.u0;
        });
    add_rows<double>(
        writer, "v0", result, first.v0.size(),
        [](const LayerFindings& findings) -> const auto& {
          return findings.v0;
        });
  }
  if (!summary.layers.empty()) {
    add_controls(
        writer, "control_mean_", summary, [
        ](const LayerSummary& layer) -> const auto& { return layer.controls; });
  }
  add_parts(writer, result);
  add_variants(writer, result);
  add_constants(writer, summary);
  add_scan(writer, summary);
  add_together(writer, result);
  add_texts(writer, result, summary);
  if (!result.edited.empty()) add_integers(writer, "edited", result.edited);
  add_detail(writer, result.detail);
  writer.set_metadata("schema", "excise.arrays/1");
  return writer;
}

}  // namespace excise
