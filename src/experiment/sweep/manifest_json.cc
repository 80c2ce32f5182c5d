#include "experiment/sweep/manifest_json.h"

#include <nlohmann/json.hpp>
#include <string>

#include "experiment/sweep/spec_fields.h"
#include "io/fingerprint.h"
#include "io/own_files.h"
#include "model/architecture/hooks.h"
#include "run/edit_place.h"

namespace excise {
namespace {

Json spec_json(Spec spec, const std::string& model_name) {
  Json json = {{"model", model_name}};
  add_fields(json, sweep_fields(spec));
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

// What the folder holds. A basis lies in it where Python fitted one, tables of
// what was asked for.
Json files_of(const SweepResult& result) {
  auto files = result_file_names("excise.results/2");
  constexpr const char* kBasis = "basis.safetensors";
  if (result.spec.source.file != kBasis) std::erase(files, kBasis);
  if (!result.spec.parts) std::erase(files, "parts.csv");
  if (result.variants.empty()) std::erase(files, "variants.csv");
  if (!asks_for(result.spec.variants, VariantSet::kConstant))
    std::erase(files, "constant.csv");
  return files;
}

}  // namespace

Json manifest_json(const Model& model, const SweepResult& result,
                   const Provenance& provenance) {
  return {{"program", program_json(provenance)},
          {"files", files_of(result)},
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
