#include "experiment/concept/concept_results.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "experiment/common/json_values.h"
#include "experiment/concept/concept_words.h"
#include "fit/basis_source.h"
#include "io/csv.h"
#include "io/own_files.h"

namespace excise {
namespace {

void add_mean(Json& json, const std::string& name, const MeanInterval& value) {
  json[name] = number(value.mean);
  json[name + "_ci95"] =
      value.ci95 ? interval(value.ci95->low, value.ci95->high) : Json(nullptr);
  json[name + "_n"] = value.n;
}

Json effect_json(const ConceptEffect& effect) {
  Json json;
  add_mean(json, "own_words", effect.own_words);
  add_mean(json, "control_words", effect.control_words);
  add_mean(json, "control_text", effect.control_text);
  return json;
}

Json cell_json(const ConceptCell& cell, double max_damage) {
  const double damage = cell.choose.control_text.most_change();
  Json json = {{"switch", concept_switch_name(cell.way)},
               {"alpha", cell.alpha},
               {"choose", effect_json(cell.choose)},
               {"damage", number(damage)},
               {"within_bound", damage <= max_damage},
               {"report", effect_json(cell.report)}};
  if (cell.probe_after) json["probe_after"] = number(*cell.probe_after);
  return json;
}

Json numbers(const std::vector<double>& values) {
  Json json = Json::array();
  for (const double value : values) json.push_back(number(value));
  return json;
}

Json draws_json(const ConceptDraws& draws) {
  return {
      {"own_words", numbers(draws.own_words)},
      {"control_words", numbers(draws.control_words)},
      {"control_text", numbers(draws.control_text)},
      {"own_words_p_one_sided", number(draws.own_words_p_one_sided)},
      {"control_words_p_two_sided", number(draws.control_words_p_two_sided)},
      {"control_text_p_two_sided", number(draws.control_text_p_two_sided)}};
}

Json sentences_json(const ConceptSentences& all) {
  return {{"choice", all.choice},
          {"effect", all.effect},
          {"cost", all.cost},
          {"chance", all.chance},
          {"removal", all.removal}};
}

Json chosen_json(const ConceptResult& result, ConceptSwitch way) {
  const ConceptChoice& choice = result.choice(way);
  const ConceptCell& cell = result.cell_of(choice);
  Json json = {{"layer", result.layer_of(choice).layer},
               {"hook", result.layer_of(choice).hook},
               {"alpha", cell.alpha},
               {"rule", choice_rule_name(choice.rule)},
               {"tried", choice.tried},
               {"within_bound", choice.within},
               {"report", effect_json(cell.report)},
               {"perplexity", number(result.perplexity_clean *
                                     std::exp(cell.report.control_text.mean))}};
  if (cell.probe_after) json["probe_after"] = number(*cell.probe_after);
  if (!result.draws(way).own_words.empty()) {
    json["random"] = draws_json(result.draws(way));
  }
  json["sentences"] = sentences_json(concept_sentences(result, way));
  return json;
}

Json warnings_json(const ConceptResult& result) {
  Json json = Json::array();
  for (const Warning& warning : concept_warnings(result)) {
    json.push_back({{"code", warning.code}, {"text", warning.text}});
  }
  return json;
}

// A column of the mean and two of its interval; empty where there is none.
void add_columns(CsvRow& row, const MeanInterval& value) {
  row.number(value.mean);
  row.number(value.ci95 ? value.ci95->low : NAN);
  row.number(value.ci95 ? value.ci95->high : NAN);
}

// The concept's texts are in experiment.toml.
Json concept_json(const ConceptSet& set) {
  return {{"with", set.with.size()},   {"without", set.without.size()},
          {"texts", set.texts.size()}, {"class_tokens", set.class_tokens},
          {"words", set.words},        {"control_words", set.control_words}};
}

std::string cells_csv(const ConceptResult& result) {
  std::string out =
      "layer,switch,alpha,use,own_words,own_words_low,own_words_high,"
      "control_words,control_words_low,control_words_high,control_text,"
      "control_text_low,control_text_high,probe_before,probe_after\n";
  for (const LayerConcept& layer : result.layers) {
    for (const ConceptCell& cell : layer.cells) {
      for (const bool choose : {true, false}) {
        const ConceptEffect& effect = choose ? cell.choose : cell.report;
        CsvRow row(out);
        row.count(layer.layer).text(concept_switch_name(cell.way));
        row.number(cell.alpha).text(choose ? "choose" : "report");
        add_columns(row, effect.own_words);
        add_columns(row, effect.control_words);
        add_columns(row, effect.control_text);
        row.number(layer.probe_before).number(cell.probe_after.value_or(NAN));
      }
    }
  }
  return out;
}

Json spec_json(ConceptSpec spec, const std::string& model_name) {
  Json json = {{"model", model_name}, {"fitted", !spec.basis_file.empty()}};
  add_fields(json, concept_fields(spec));
  return json;
}

std::string results_text(const Model& model, const ConceptResult& result,
                         const Provenance& provenance) {
  const ConceptSpec& spec = result.spec;
  Json layers = Json::array();
  for (const LayerConcept& layer : result.layers) {
    Json cells = Json::array();
    for (const ConceptCell& cell : layer.cells) {
      cells.push_back(cell_json(cell, spec.max_damage));
    }
    layers.push_back({{"layer", layer.layer},
                      {"probe_before", number(layer.probe_before)},
                      {"cells", std::move(cells)}});
  }
  Json json = {
      {"schema", "excise.concept-results/2"},
      {"summary", concept_summary(result)},
      {"name", spec.set.name},
      {"concept", concept_json(spec.set)},
      {"off", chosen_json(result, ConceptSwitch::kOff)},
      {"on", chosen_json(result, ConceptSwitch::kOn)},
      {"warnings", warnings_json(result)},
      {"control_tokens",
       {{"choose", result.n_control_choose},
        {"report", result.n_control_report}}},
      {"perplexity_clean", number(result.perplexity_clean)},
      {"layers", std::move(layers)},
      {"samples", samples_json(model, result.samples,
                               std::array<std::string_view, 2>{"off", "on"})},
      {"audit", audit_json(result.audit)},
      {"manifest",
       {{"program", program_json(provenance)},
        {"files", result_file_names("excise.concept-results/2")},
        {"spec", spec_json(spec, provenance.model_name)},
        {"model", model_json(model, provenance.model_name)},
        {"text_fingerprint", result.fit.text_fingerprint},
        {"n_tokens", result.n_fitted}}}};
  add_run(json["manifest"], spec, result.threads, result.seconds, provenance);
  return file_text(json);
}

}  // namespace

Result<std::string> write_concept_results(const OutputFolder& folder,
                                          const Model& model,
                                          const ConceptResult& result,
                                          const Provenance& provenance) {
  const std::string json = results_text(model, result, provenance);
  EXCISE_CHECK(folder.write_text("results.json", json));
  EXCISE_CHECK(folder.write_text("concept.csv", cells_csv(result)));
  for (const ConceptChoice& choice : {result.off, result.on}) {
    const std::string name(concept_switch_name(result.cell_of(choice).way));
    EXCISE_CHECK(folder.write_text(
        name + ".toml",
        edit_to_toml(concept_edit(result, choice, kConceptBasisFile))));
  }
  // The earlier fit that was tested goes along: its folder may not stay.
  ConceptSpec spec = result.spec;
  BasisSet bases = concept_bases(result);
  if (!spec.basis_file.empty()) {
    spec.basis_file = kConceptBasisFile;
    spec.basis_fingerprint = EXCISE_TRY(content_fingerprint(bases, {}));
  }
  EXCISE_CHECK(
      folder.write_text("experiment.toml", concept_spec_to_toml(spec)));
  if (bases.provenance.program_version.empty()) {
    bases.provenance.program_version = provenance.program_version;
    bases.provenance.model = provenance.model_name;
  }
  EXCISE_CHECK(write_basis_file(bases, folder.path(kConceptBasisFile)));
  return json;
}

}  // namespace excise
