#include "experiment/concept/concept_results.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

#include "experiment/json_values.h"
#include "io/csv.h"

namespace excise {
namespace {

Json effect_json(const ConceptEffect& effect) {
  return {{"own_words", number(effect.own_words)},
          {"control_words", number(effect.control_words)},
          {"control_text", number(effect.control_text)},
          {"selectivity", number(effect.selectivity)}};
}

Json cell_json(const ConceptCell& cell) {
  return {{"switch", concept_switch_name(cell.way)},
          {"alpha", cell.alpha},
          {"choose", effect_json(cell.choose)},
          {"report", effect_json(cell.report)}};
}

Json chosen_json(const ConceptResult& result, const ConceptChoice& choice) {
  const ConceptCell& cell = result.cell_of(choice);
  return {{"layer", result.layer_of(choice).layer},
          {"hook", result.layer_of(choice).hook},
          {"alpha", cell.alpha},
          {"report", effect_json(cell.report)},
          {"perplexity", number(result.perplexity_clean *
                                std::exp(cell.report.control_text))}};
}

// The concept's texts are in experiment.toml.
Json concept_json(const ConceptSet& set) {
  return {{"with", set.with.size()},   {"without", set.without.size()},
          {"texts", set.texts.size()}, {"class_tokens", set.class_tokens},
          {"words", set.words},        {"control_words", set.control_words}};
}

std::string cells_csv(const ConceptResult& result) {
  std::string out =
      "layer,switch,alpha,use,own_words,control_words,control_text,"
      "selectivity,probe_before,probe_after\n";
  for (const LayerConcept& layer : result.layers) {
    for (const ConceptCell& cell : layer.cells) {
      for (const bool choose : {true, false}) {
        const ConceptEffect& effect = choose ? cell.choose : cell.report;
        CsvRow row(out);
        row.count(layer.layer).text(concept_switch_name(cell.way));
        row.number(cell.alpha).text(choose ? "choose" : "report");
        row.number(effect.own_words).number(effect.control_words);
        row.number(effect.control_text).number(effect.selectivity);
        row.number(layer.probe_before).number(layer.probe_after);
      }
    }
  }
  return out;
}

Json spec_json(const ConceptSpec& spec, const std::string& model_name) {
  Json json = {{"model", model_name},
               {"model_fingerprint", spec.model_fingerprint},
               {"fitted", !spec.basis_file.empty()},
               {"method", spec.method},
               {"hook", spec.hook},
               {"layers", spec.layers},
               {"alpha", spec.alphas},
               {"positions", spec.positions.text()},
               {"sample_tokens", spec.sample_tokens},
               {"temperature", spec.temperature}};
  add_engine(json, spec);
  return json;
}

std::string results_text(const Model& model, const ConceptResult& result,
                         const Provenance& provenance) {
  const ConceptSpec& spec = result.spec;
  Json layers = Json::array();
  for (const LayerConcept& layer : result.layers) {
    Json cells = Json::array();
    for (const ConceptCell& cell : layer.cells)
      cells.push_back(cell_json(cell));
    layers.push_back({{"layer", layer.layer},
                      {"probe_before", number(layer.probe_before)},
                      {"probe_after", number(layer.probe_after)},
                      {"cells", std::move(cells)}});
  }
  Json json = {
      {"schema", "excise.concept-results/1"},
      {"summary", concept_summary(result)},
      {"name", spec.set.name},
      {"concept", concept_json(spec.set)},
      {"off", chosen_json(result, result.off)},
      {"on", chosen_json(result, result.on)},
      {"perplexity_clean", number(result.perplexity_clean)},
      {"layers", std::move(layers)},
      {"samples", samples_json(model, result.samples,
                               std::array<std::string_view, 2>{"off", "on"})},
      {"audit", audit_json(result.audit)},
      {"manifest",
       {{"program", program_json(provenance)},
        {"spec", spec_json(spec, provenance.model_name)},
        {"model", model_json(model, provenance.model_name)},
        {"text_fingerprint", result.fit.text_fingerprint},
        {"n_tokens", result.n_fitted}}}};
  add_run(json["manifest"], spec, result.threads, result.seconds, provenance);
  return file_text(json);
}

std::string switch_text(const ConceptResult& result, ConceptSwitch way) {
  const ConceptChoice& choice =
      way == ConceptSwitch::kOff ? result.off : result.on;
  const ConceptCell& cell = result.cell_of(choice);
  const ConceptEffect& effect = cell.report;
  const bool off = way == ConceptSwitch::kOff;
  const bool works = (off ? effect.own_words : -effect.own_words) > 0;
  return fmt::format(
      " Switched {} at layer {} with alpha {:g}, its words become {} times {} "
      "likely in texts that neither the fit nor the choice saw (other words: "
      "{} times), and the perplexity of the control text goes from {:.1f} to "
      "{:.1f}{}.",
      concept_switch_name(way), result.layer_of(choice).layer, cell.alpha,
      fmt::format("{:.2f}", std::exp(std::abs(effect.own_words))),
      effect.own_words > 0 ? "less" : "more",
      fmt::format("{:.2f}", std::exp(-effect.control_words)),
      result.perplexity_clean,
      result.perplexity_clean * std::exp(effect.control_text),
      works ? "" : ": the wrong way, so this is no switch");
}

}  // namespace

std::string concept_summary(const ConceptResult& result) {
  const LayerConcept& layer = result.layer_of(result.off);
  return fmt::format("\"{}\", by {} over {} tokens.", result.spec.set.name,
                     result.spec.method, result.n_fitted) +
         switch_text(result, ConceptSwitch::kOff) +
         fmt::format(
             " A linear probe at that layer tells the texts apart with "
             "accuracy "
             "{:.2f} before and {:.2f} after (chance 0.50).",
             layer.probe_before, layer.probe_after) +
         switch_text(result, ConceptSwitch::kOn);
}

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
  if (!spec.basis_file.empty()) spec.basis_file = kConceptBasisFile;
  EXCISE_CHECK(
      folder.write_text("experiment.toml", concept_spec_to_toml(spec)));
  BasisSet bases = concept_bases(result);
  if (bases.provenance.program_version.empty()) {
    bases.provenance.program_version = provenance.program_version;
    bases.provenance.model = provenance.model_name;
  }
  EXCISE_CHECK(write_basis_file(bases, folder.path(kConceptBasisFile)));
  return json;
}

}  // namespace excise
