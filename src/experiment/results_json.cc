#include "experiment/results_json.h"

#include "experiment/audit.h"
#include "experiment/edit_place.h"
#include "experiment/json_values.h"
#include "experiment/summary_text.h"
#include "io/fingerprint.h"
#include "model/hooks.h"

namespace excise {
namespace {

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

void add_effect(Json& json, const EffectTests& effect) {
  json["published_n"] = mean_test(effect.published_n);
  json["default_n"] = mean_test(effect.default_n);
  json["wilcoxon"] = {{"statistic", number(effect.wilcoxon.statistic)},
                      {"p", number(effect.wilcoxon.p)}};
  add_reason(json["wilcoxon"], effect.wilcoxon.reason);
  json["sign_flip_p"] = number(effect.sign_flip_p);
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

Json controls_json(const std::vector<ControlSummary>& controls) {
  Json json = Json::object();
  for (const ControlSummary& control : controls) {
    Json means = Json::array();
    Json t = Json::array();
    for (size_t i = 0; i < control.repeats(); ++i) {
      means.push_back(number(control.mean[i]));
      t.push_back(number(control.t[i]));
    }
    json[std::string(control_name(control.control))] = {
        {"repeats", control.repeats()},
        {"mean", std::move(means)},
        {"t", std::move(t)},
        {"p", number(control.p)},
        {"percentile", number(control.percentile)}};
  }
  return json;
}

Json readout(const Model& model, const std::vector<ReadoutToken>& tokens) {
  Json json = Json::array();
  for (const ReadoutToken& token : tokens) {
    json.push_back({{"token_id", token.token},
                    {"token", token_piece(model, token.token)},
                    {"score", number(token.score)}});
  }
  return json;
}

Json anatomy_json(const Model& model,
                  const std::vector<ComponentAnatomy>& components) {
  Json list = Json::array();
  for (const ComponentAnatomy& component : components) {
    Json top = Json::array();
    for (const TopNeuron& neuron : component.top_neurons) {
      top.push_back(
          {{"neuron", neuron.neuron}, {"weight", number(neuron.weight)}});
    }
    Json json = {{"component", component.component},
                 {"sink_share", number(component.sink_share)},
                 {"v_max_sq", number(component.v_max_sq)},
                 {"v_max_neuron", component.v_max_neuron},
                 {"v_participation", number(component.v_participation)},
                 {"dormant_share", number(component.dormant_share)},
                 {"top_neurons", std::move(top)}};
    json["readout_high"] = readout(model, component.readout_high);
    json["readout_low"] = readout(model, component.readout_low);
    list.push_back(std::move(json));
  }
  return list;
}

Json scan_json(const ScanSummary& scan) {
  Json list = Json::array();
  for (const ScanStep& step : scan.steps) {
    Json json = {
        {"components", step.components},    {"share", number(step.share)},
        {"mean", number(step.effect.mean)}, {"t", number(step.effect.t)},
        {"p", number(step.effect.p)},       {"q", number(step.effect.q)},
        {"net_mean", number(step.net_mean)}};
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
  json["empty_branch"] = nullptr;
  if (layer.empty) {
    json["empty_branch"] = Json::object();
    add_branch(json["empty_branch"], *layer.empty);
    json["empty_branch"]["value_change"] = number(layer.value_change_empty);
  }
  json["net"] = nullptr;
  if (layer.net) {
    json["net"] = Json::object();
    add_effect(json["net"], *layer.net);
  }
  json["value_change"] = number(layer.value_change);
  json["cov_change"] = number(layer.cov_change);
  json["participation_before"] = number(layer.participation_before);
  json["participation_after"] = number(layer.participation_after);
  json["sink_share"] = number(layer.sink_share);
  json["v_max_sq"] = number(layer.v_max_sq);
  json["v_max_neuron"] = layer.v_max_neuron;
  json["v_participation"] = number(layer.v_participation);
  if (!layer.controls.empty()) json["controls"] = controls_json(layer.controls);
  if (layer.over_texts) {
    const OverTexts& over = *layer.over_texts;
    json["over_texts"] = mean_test(over.test);
    json["over_texts"]["bootstrap_ci95"] =
        over.interval ? interval(over.interval->low, over.interval->high)
                      : Json(nullptr);
    json["over_texts"]["means"] = Json::array();
    for (const double mean : over.means)
      json["over_texts"]["means"].push_back(number(mean));
  }
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

Json spec_json(const Spec& spec, const std::string& model_name) {
  Json json = {{"model", model_name},
               {"model_fingerprint", spec.model_fingerprint}};
  if (spec.ids.empty()) json["text"] = spec.text;
  if (!spec.further_texts.empty()) {
    json["text"] = Json::array({spec.text});
    for (const std::string& text : spec.further_texts)
      json["text"].push_back(text);
  }
  if (!spec.ids.empty()) json["ids"] = spec.ids;
  // As in the experiment file, only what the basis has.
  if (!spec.preset.empty()) {
    json["preset"] = spec.preset;
    json["centre"] = mean_name(spec.removal.centre);
    json["restore"] = mean_name(spec.removal.restore);
  }
  json["basis"] = spec.basis;
  const BasisSource& source = spec.source;
  if (!source.file.empty()) json["basis_file"] = source.file;
  if (!source.corpus.empty()) json["corpus"] = source.corpus;
  if (!source.class_files.empty()) json["class_files"] = source.class_files;
  if (!source.class_tokens.empty()) json["class_tokens"] = source.class_tokens;
  if (source.components > 0) json["components"] = source.components;
  if (source.shrinkage) json["shrinkage"] = *source.shrinkage;
  json["remove"] = spec.scan ? Json(scan_text(*spec.scan)) : Json(spec.remove);
  json["action"] = edit_action_name(spec.action);
  json["strength"] = spec.strength;
  json["class"] = spec.from_class;
  json["hook"] = edit_place_name(spec.hook);
  json["positions"] = spec.tokens.positions;
  json["token_pattern"] = spec.tokens.pattern;
  json["layers"] = spec.layers;
  json["detail_layer"] =
      spec.detail_layer ? Json(*spec.detail_layer) : Json(nullptr);
  json["empty_branch"] = spec.empty_branch;
  json["controls"] = Json::object();
  for (const auto& [control, repeats] : spec.controls)
    json["controls"][std::string(control_name(control))] = repeats;
  json["together"] = spec.together;
  json["coordinates"] = coordinates_name(spec.coordinates);
  json["dormant_share"] = spec.dormant_share;
  json["seed"] = spec.seed;
  json["permutations"] = spec.permutations;
  json["executor"] = executor_name(spec.executor);
  json["compute"] = compute_name(spec.compute);
  json["memory_limit"] = spec.memory_limit;
  json["threads"] = spec.threads;
  return json;
}

// Of the text, or of the ids where those were given.
std::string input_fingerprint(const Spec& spec) {
  Fingerprint fingerprint;
  fingerprint.add(spec.text);
  for (const std::string& text : spec.further_texts) fingerprint.add(text);
  for (const int id : spec.ids) fingerprint.add(std::to_string(id) + ",");
  return fingerprint.hex();
}

Json rounding_json(const std::vector<RoundingError>& sample) {
  Json list = Json::array();
  for (const RoundingError& error : sample) {
    list.push_back({{"layer", error.layer},
                    {"rms_effect", number(error.rms_effect)},
                    {"rms_error", number(error.rms_error)},
                    {"relative", number(error.relative())}});
  }
  return list;
}

Json audit_json(const SweepResult& result) {
  const Audit& audit = result.audit;
  return {{"no_op_layer", audit.no_op_layer},
          {"no_op_max_abs_delta_logprob",
           number(audit.no_op_max_abs_delta_logprob)},
          {"edits_expected", audit.edits_expected},
          {"edits_fired", audit.edits_fired},
          {"rounding", rounding_json(audit.rounding)},
          {"non_finite", count_non_finite(result)}};
}

// Where the basis comes from, and whether the text was held out of its fit.
Json basis_json(const BasisOrigin& origin) {
  const BasisProvenance& from = origin.provenance;
  Json json = {
      {"name", origin.basis},
      {"source", origin.source},
      {"held_out", origin.held_out ? Json(*origin.held_out) : Json(nullptr)},
      {"fit", nullptr}};
  if (origin.source != "this text") {
    json["fit"] = {{"model", from.model},
                   {"text_fingerprint", from.text_fingerprint},
                   {"n_tokens", from.n_tokens},
                   {"held_out_tokens", origin.held_out_tokens},
                   {"program_version", from.program_version},
                   {"options", from.options}};
  }
  return json;
}

Json manifest_json(const Model& model, const SweepResult& result,
                   const Provenance& provenance) {
  return {{"program", program_json(provenance)},
          {"spec", spec_json(result.spec, provenance.model_name)},
          {"model", model_json(model, provenance.model_name)},
          {"hook", edit_place_name(result.spec.hook, "{l}")},
          {"basis", basis_json(result.basis)},
          {"text_fingerprint", input_fingerprint(result.spec)},
          {"n_tokens", result.ids.size()},
          {"seed", result.spec.seed},
          {"threads", result.threads},
          {"passes", result.passes},
          {"machine", machine_json()},
          {"timings",
           {{"load_seconds", provenance.load_seconds},
            {"first_layer_seconds", result.timings.first_layer},
            {"sweep_seconds", result.timings.total}}}};
}

Json headline_json(const Headline& headline) {
  Json controls = Json::object();
  for (const ControlHeadline& control : headline.controls) {
    controls[std::string(control_name(control.control))] = {
        {"repeats", control.repeats}, {"layers_beyond", control.layers_beyond}};
  }
  Json json = {
      {"significance", kSignificance},
      {"layers_hurt", headline.layers_hurt},
      {"layers_helped", headline.layers_helped},
      {"layers_net", headline.layers_net},
      {"worst_layer",
       headline.worst_layer ? Json(*headline.worst_layer) : Json(nullptr)},
      {"mean_alone_share", number(headline.mean_alone_share)},
      {"mean_alone_share_without_worst",
       number(headline.mean_alone_share_without_worst)}};
  if (!headline.controls.empty()) json["controls"] = std::move(controls);
  return json;
}

Json tokens_json(const Model& model, const SweepResult& result) {
  Json pieces = Json::array();
  for (const int id : result.ids) pieces.push_back(token_piece(model, id));
  Json json = {{"ids", result.ids}, {"pieces", std::move(pieces)}};
  if (!result.edited.empty()) {
    Json positions = Json::array();
    for (size_t t = 0; t < result.edited.size(); ++t) {
      if (result.edited[t] != 0) positions.push_back(t);
    }
    json["edited_positions"] = std::move(positions);
  }
  return json;
}

}  // namespace

std::string token_piece(const Model& model, int id) {
  return model.tokenizer ? model.tokenizer->piece(id) : "";
}

std::string results_json(const Model& model, const SweepResult& result,
                         const Summary& summary, const Provenance& provenance) {
  Json layers = Json::array();
  for (size_t i = 0; i < summary.layers.size(); ++i) {
    layers.push_back(layer_json(summary.layers[i]));
    const LayerFindings& findings = result.findings[i];
    if (!findings.anatomy.empty())
      layers.back()["anatomy"] = anatomy_json(model, findings.anatomy);
    if (findings.dormant.rank_w_out == 0) continue;
    layers.back()["dormant_share"] = number(findings.dormant.share);
    layers.back()["rank_w_out"] = findings.dormant.rank_w_out;
  }
  Json json = {
      {"schema", "excise.results/1"},
      {"summary", summary_text(result, summary)},
      {"headline", headline_json(summary.headline)},
      {"share_vs_t_default_n", share_versus_t(summary.share_vs_t_default_n)},
      {"share_vs_t_published_n",
       share_versus_t(summary.share_vs_t_published_n)},
      {"layers", std::move(layers)},
      {"audit", audit_json(result)},
      {"tokens", tokens_json(model, result)},
      {"manifest", manifest_json(model, result, provenance)}};
  if (const auto& scan = result.spec.scan) {
    json["scan"] = {
        {"mode", scan_mode_name(scan->mode)},
        {"components", scan->components},
        {"layers_first_worst", summary.headline.layers_first_worst}};
  }
  if (!result.further_texts.empty()) {
    json["texts"] = Json::array({{{"n_tokens", result.ids.size()}}});
    for (const TextFindings& text : result.further_texts)
      json["texts"].push_back({{"n_tokens", text.ids.size()}});
    json["headline"]["layers_hurt_over_texts"] =
        summary.headline.layers_hurt_over_texts;
  }
  if (!summary.together.empty()) {
    json["together"] = together_json(result.spec, summary.together);
  }
  return file_text(json);
}

}  // namespace excise
