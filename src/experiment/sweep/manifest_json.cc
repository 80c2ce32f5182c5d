#include "experiment/sweep/manifest_json.h"

#include <nlohmann/json.hpp>
#include <string>

#include "io/fingerprint.h"
#include "io/own_files.h"
#include "model/architecture/hooks.h"
#include "run/edit_place.h"

namespace excise {
namespace {

void add_if_given(Json& json, const char* key, const std::string& value) {
  if (!value.empty()) json[key] = value;
}

Json spec_json(const Spec& spec, const std::string& model_name) {
  Json json = {{"model", model_name},
               {"model_fingerprint", spec.model_fingerprint}};
  add_if_given(json, "tokenizer_fingerprint", spec.tokenizer_fingerprint);
  if (spec.ids.empty()) json["text"] = spec.text;
  if (!spec.further_texts.empty()) {
    json["text"] = Json::array({spec.text});
    for (const std::string& text : spec.further_texts)
      json["text"].push_back(text);
  }
  if (!spec.ids.empty()) json["ids"] = spec.ids;
  // As in the experiment file, only what the basis has.
  if (spec.preset) {
    json["preset"] = *spec.preset;
    json["centre"] = *spec.centre;
    json["restore"] = *spec.restore;
  }
  json["basis"] = spec.basis;
  const BasisSource& source = spec.source;
  add_if_given(json, "basis_file", source.file);
  add_if_given(json, "basis_fingerprint", source.file_fingerprint);
  add_if_given(json, "corpus", source.corpus);
  add_if_given(json, "corpus_fingerprint", source.corpus_fingerprint);
  if (!source.class_files.empty()) {
    json["class_files"] = source.class_files;
    json["class_fingerprints"] = source.class_fingerprints;
  }
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
  json["cells"] = cells_name(spec.cells);
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
  json["check_rounding"] = check_rounding_name(spec.check_rounding);
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

// What the folder holds. A basis lies in it where Python fitted one.
Json files_of(const Spec& spec) {
  auto files = result_file_names("excise.results/2");
  constexpr const char* kBasis = "basis.safetensors";
  if (spec.source.file != kBasis) std::erase(files, kBasis);
  return files;
}

}  // namespace

Json manifest_json(const Model& model, const SweepResult& result,
                   const Provenance& provenance) {
  return {{"program", program_json(provenance)},
          {"files", files_of(result.spec)},
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

}  // namespace excise
