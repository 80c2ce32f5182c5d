#include "experiment/sweep/summary_json.h"

#include <nlohmann/json.hpp>
#include <string>

#include "experiment/sweep/cells.h"
#include "experiment/sweep/constant_results.h"
#include "experiment/sweep/parts_results.h"
#include "experiment/sweep/variants_results.h"
#include "intervention/controls.h"

namespace excise {
namespace {

Json second_opinion_json(const SecondOpinion& test) {
  Json json = {{"n", test.n}};
  json["df"] = test.df ? Json(static_cast<size_t>(*test.df)) : Json(nullptr);
  json["t"] = number(test.t);
  json["p"] = number(test.p);
  json["ci95"] = test.ci_low && test.ci_high
                     ? interval(*test.ci_low, *test.ci_high)
                     : Json(nullptr);
  json["q"] = number(test.q);
  json["lag1"] = number(test.lag1);
  json["n_effective"] = number(test.n_effective);
  add_reason(json, test.reason);
  return json;
}

void add_effect(Json& json, const EffectTests& effect) {
  json["published_n"] = mean_test(effect.published_n);
  json["default_n"] = mean_test(effect.default_n);
  json["wilcoxon"] = {{"statistic", number(effect.wilcoxon.statistic)},
                      {"p", number(effect.wilcoxon.p)}};
  add_reason(json["wilcoxon"], effect.wilcoxon.reason);
  json["sign_flip_p"] = number(effect.sign_flip_p);
  if (!effect.second) return;
  json["ewc"] = second_opinion_json(*effect.second);
  json["largest_token"] = nullptr;
  if (const auto& largest = effect.largest) {
    json["largest_token"] = {{"position", largest->position},
                             {"share", number(largest->share)}};
  }
}

void add_branch(Json& json, const BranchSummary& branch) {
  add_effect(json, branch.effect);
  json["kl_mean"] = number(branch.kl_mean);
  json["top1_changed_share"] = number(branch.top1_changed_share);
  json["drift_end"] = number(branch.drift_end);
  json["drift_end_relative"] = number(branch.drift_end_relative);
  json["drift_resid_final"] = number(branch.drift_resid_final);
  json["drift_resid_final_relative"] =
      number(branch.drift_resid_final_relative);
}

// Of one cell.
Json controls_json(const std::vector<ControlSummary>& controls, Cell cell) {
  Json json = Json::object();
  for (const ControlSummary& control : controls) {
    if (control.cell != cell) continue;
    Json means = Json::array();
    Json t = Json::array();
    for (size_t i = 0; i < control.repeats(); ++i) {
      means.push_back(number(control.mean[i]));
      t.push_back(number(control.t[i]));
    }
    json[std::string(control_name(control.control))] = {
        {"repeats", control.repeats()},
        {"edit_mean", number(control.edit_mean)},
        {"mean", std::move(means)},
        {"t", std::move(t)},
        {"p_two_sided", number(control.p_two_sided)},
        {"q", number(control.q)},
        {"percentile", number(control.percentile)},
        {"z", number(control.z)},
        {"p_max", number(control.p_max)},
        {"standing", control.standing ? Json(standing_name(*control.standing))
                                      : Json(nullptr)}};
  }
  return json;
}

Json scan_json(const ScanSummary& scan) {
  Json list = Json::array();
  for (const ScanStep& step : scan.steps) {
    Json json = {
        {"components", step.components},    {"share", number(step.share)},
        {"mean", number(step.effect.mean)}, {"t", number(step.effect.t)},
        {"p", number(step.effect.p)},       {"q", number(step.effect.q)},
        {"ewc_p", number(step.second.p)},   {"ewc_q", number(step.second.q)}};
    add_reason(json, step.effect.reason);
    list.push_back(std::move(json));
  }
  return list;
}

void add_correlation(Json& json, const std::string& name,
                     const Correlation& correlation) {
  json[name + "_r"] = number(correlation.r);
  json[name + "_p"] = number(correlation.p);
  json[name + "_ci95"] =
      correlation.interval
          ? interval(correlation.interval->low, correlation.interval->high)
          : Json(nullptr);
  if (!correlation.interval_reason.empty())
    json[name + "_ci95_reason"] = correlation.interval_reason;
}

Json undone_json(const ShareUndone& undone) {
  Json json = {{"share", number(undone.share)}};
  json["ci95"] = undone.interval
                     ? interval(undone.interval->low, undone.interval->high)
                     : Json(nullptr);
  add_reason(json, undone.reason);
  return json;
}

Json changes_json(const CellChanges& changes) {
  return {
      {"cos_empty_removed", number(changes.cos_empty_removed)},
      {"cos_empty_preset", number(changes.cos_empty_preset)},
      {"cos_removed_preset", number(changes.cos_removed_preset)},
      {"restored_mean_in_removed", number(changes.restored_mean_in_removed)}};
}

// The cells beside the preset, and what they are together; null where they were
// not computed.
void add_cells(Json& json, const LayerSummary& layer) {
  for (const char* key :
       {"removed_branch", "empty_branch", "interaction", "undone", "cells"})
    json[key] = nullptr;
  if (!layer.removed || !layer.empty) return;
  Json removed = Json::object();
  add_branch(removed, *layer.removed);
  Json empty = Json::object();
  add_branch(empty, *layer.empty);
  if (layer.cells) {
    removed["value_change"] = number(layer.cells->removed);
    empty["value_change"] = number(layer.cells->empty);
    json["cells"] = changes_json(*layer.cells);
  }
  if (!layer.controls.empty())
    removed["controls"] = controls_json(layer.controls, Cell::kRemoved);
  json["removed_branch"] = std::move(removed);
  json["empty_branch"] = std::move(empty);
  if (layer.interaction) {
    json["interaction"] = Json::object();
    add_effect(json["interaction"], *layer.interaction);
  }
  if (layer.undone) json["undone"] = undone_json(*layer.undone);
}

Json over_texts_json(const OverTexts& over) {
  Json json = mean_test(over.test);
  json["bootstrap_ci95"] =
      over.interval ? interval(over.interval->low, over.interval->high)
                    : Json(nullptr);
  json["means"] = Json::array();
  for (const double mean : over.means) json["means"].push_back(number(mean));
  if (!over.controls.empty())
    json["controls"] = controls_json(over.controls, Cell::kPreset);
  if (over.parts) json["parts"] = parts_json(*over.parts);
  if (!over.variants.tests.empty())
    json["variants"] = variants_json(over.variants);
  if (over.scan.empty()) return json;
  json["scan"] = Json::array();
  for (const MeanTest& step : over.scan)
    json["scan"].push_back(mean_test(step));
  return json;
}

Json optional_layer(const std::optional<size_t>& layer) {
  return layer ? Json(*layer) : Json(nullptr);
}

Json effect_headline_json(const EffectHeadline& headline) {
  Json json = {{"layers_hurt", headline.layers_hurt},
               {"layers_helped", headline.layers_helped},
               {"worst_layer", optional_layer(headline.worst_layer)},
               {"strongest_layer", optional_layer(headline.strongest_layer)}};
  if (headline.layers_unconfirmed)
    json["layers_unconfirmed"] = *headline.layers_unconfirmed;
  if (headline.layers_one_token)
    json["layers_one_token"] = *headline.layers_one_token;
  return json;
}

Json control_headlines_json(const std::vector<ControlHeadline>& controls,
                            Cell cell) {
  Json json = Json::object();
  for (const ControlHeadline& control : controls) {
    if (control.cell != cell) continue;
    Json& one = json[std::string(control_name(control.control))];
    one["repeats"] = control.repeats;
    if (!is_null(control.control)) continue;
    one["layers_worse"] = control.layers_worse;
    one["layers_within"] = control.layers_within;
    one["layers_less_harmful"] = control.layers_less_harmful;
    one["p_max"] = number(control.p_max);
    one["layers_p_max"] = control.layers_p_max;
    one["level"] = number(control.level);
    one["chance_layers"] = number(control.chance_layers);
    one["chance_any"] = number(control.chance_any);
    one["repeats_for_p"] = control.repeats_for_p;
    one["repeats_for_q"] = control.repeats_for_q;
  }
  return json;
}

}  // namespace

Json mean_test(const MeanTest& test) {
  Json json = {{"n", test.n}};
  json["df"] = test.df ? Json(static_cast<size_t>(*test.df)) : Json(nullptr);
  json["mean"] = number(test.mean);
  json["sd"] = number(test.sd);
  json["t"] = number(test.t);
  json["p"] = number(test.p);
  json["cohen_d"] = number(test.cohen_d);
  json["ci95"] = test.ci_low && test.ci_high
                     ? interval(*test.ci_low, *test.ci_high)
                     : Json(nullptr);
  json["q"] = number(test.q);
  add_reason(json, test.reason);
  return json;
}

Json share_versus_t(const ShareVersusT& r) {
  Json json = {{"n", r.pearson.n}};
  add_correlation(json, "pearson", r.pearson);
  add_correlation(json, "spearman", r.spearman);
  add_reason(json, r.pearson.reason);
  return json;
}

Json layer_json(const LayerSummary& layer) {
  Json json = {{"layer", layer.layer}, {"share", number(layer.share)}};
  add_branch(json, layer.removal);
  add_cells(json, layer);
  json["value_change"] = number(layer.value_change);
  json["cov_change"] = number(layer.cov_change);
  json["participation_before"] = number(layer.participation_before);
  json["participation_after"] = number(layer.participation_after);
  if (!layer.basis_note.empty()) json["basis_note"] = layer.basis_note;
  json["sink_share"] = number(layer.sink_share);
  json["v_max_sq"] = number(layer.v_max_sq);
  json["v_max_neuron"] = layer.v_max_neuron;
  json["v_participation"] = number(layer.v_participation);
  if (!layer.controls.empty())
    json["controls"] = controls_json(layer.controls, Cell::kPreset);
  if (layer.parts) json["parts"] = parts_json(*layer.parts);
  if (!layer.variants.tests.empty())
    json["variants"] = variants_json(layer.variants);
  if (layer.constant) json["constant"] = constant_json(*layer.constant);
  if (layer.over_texts) json["over_texts"] = over_texts_json(*layer.over_texts);
  if (layer.scan.steps.empty()) return json;
  json["scan"] = scan_json(layer.scan);
  if (layer.scan.share_vs_effect) {
    json["scan_share_vs_effect"] = share_versus_t(*layer.scan.share_vs_effect);
  }
  return json;
}

Json together_json(const Spec& spec,
                   const std::vector<TogetherSummary>& together) {
  Json list = Json::array();
  for (const TogetherSummary& one : together) {
    Json json = {{"layers", one.layers},
                 {"coordinates", coordinates_name(spec.coordinates)}};
    add_branch(json, one.branch);
    json["sum_of_single_means"] = number(one.sum_of_single);
    list.push_back(std::move(json));
  }
  return list;
}

Json scan_headline_json(const Scan& scan, const Headline& headline) {
  return {{"mode", scan_mode_name(scan.mode)},
          {"components", scan.components},
          {"layers_first_worst", headline.layers_first_worst}};
}

Json headline_json(const Headline& headline) {
  Json json = {{"significance", kSignificance}};
  json.update(effect_headline_json(headline));
  json["layers_interaction"] = headline.layers_interaction;
  json["layers_undone"] = headline.layers_undone;
  json["removed"] = nullptr;
  json["empty"] = nullptr;
  if (headline.removed)
    json["removed"] = effect_headline_json(*headline.removed);
  if (headline.empty) json["empty"] = effect_headline_json(*headline.empty);
  if (!headline.controls.empty()) {
    json["controls"] = control_headlines_json(headline.controls, Cell::kPreset);
    if (headline.removed) {
      json["removed"]["controls"] =
          control_headlines_json(headline.controls, Cell::kRemoved);
    }
  }
  if (!headline.over_texts) return json;
  json["over_texts"] = effect_headline_json(*headline.over_texts);
  if (!headline.controls_over_texts.empty()) {
    json["over_texts"]["controls"] =
        control_headlines_json(headline.controls_over_texts, Cell::kPreset);
  }
  return json;
}

Json warnings_json(const std::vector<Warning>& warnings) {
  Json list = Json::array();
  for (const Warning& warning : warnings)
    list.push_back({{"code", warning.code}, {"text", warning.text}});
  return list;
}

}  // namespace excise
