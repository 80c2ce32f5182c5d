#include "experiment/sweep/results_json.h"

#include <nlohmann/json.hpp>

#include "experiment/common/json_values.h"
#include "experiment/common/passages.h"
#include "experiment/common/words.h"
#include "experiment/sweep/audit.h"
#include "experiment/sweep/checklist.h"
#include "experiment/sweep/manifest_json.h"
#include "experiment/sweep/summary_json.h"
#include "experiment/sweep/summary_text.h"

namespace excise {
namespace {

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

Json sweep_audit_json(const SweepResult& result) {
  Json json = {{"no_op_layer", result.audit.no_op_layer}};
  json.update(audit_json(result.audit));
  json["non_finite"] = count_non_finite(result);
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
  const std::vector<Passage> passages = summary_passages(result, summary);
  Json json = {
      {"schema", "excise.results/2"},
      {"summary", joined(passages)},
      {"passages", passage_list(passages)},
      {"warnings", warnings_json(summary.warnings)},
      {"headline", headline_json(summary.headline)},
      {"share_vs_t_default_n", share_versus_t(summary.share_vs_t_default_n)},
      {"share_vs_t_published_n",
       share_versus_t(summary.share_vs_t_published_n)},
      {"checklist", checklist_json(checklist_of(result, summary))},
      {"layers", std::move(layers)},
      {"audit", sweep_audit_json(result)},
      {"tokens", tokens_json(model, result)},
      {"manifest", manifest_json(model, result, provenance)}};
  if (const auto& scan = result.spec.scan)
    json["scan"] = scan_headline_json(*scan, summary.headline);
  if (result.other_text) {
    const OtherTextFindings& other = *result.other_text;
    json["other_text"] = {{"ids", other.ids},
                          {"first_difference", other.first_difference},
                          {"effect", mean_test(*summary.other_text)}};
  }
  if (!result.further_texts.empty()) {
    json["texts"] = Json::array({{{"n_tokens", result.ids.size()}}});
    for (const TextFindings& text : result.further_texts)
      json["texts"].push_back({{"n_tokens", text.ids.size()}});
  }
  if (!summary.together.empty()) {
    json["together"] = together_json(result.spec, summary.together);
  }
  return file_text(json);
}

}  // namespace excise
