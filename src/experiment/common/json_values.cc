#include "experiment/common/json_values.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "experiment/common/machine.h"
#include "io/utf8.h"
#include "model/architecture/family.h"

namespace excise {

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json number(const std::optional<double>& value) {
  return value ? number(*value) : Json(nullptr);
}

Json interval(double low, double high) {
  return Json::array({number(low), number(high)});
}

void add_reason(Json& json, const std::string& reason) {
  if (!reason.empty()) json["reason"] = reason;
}

Json model_json(const Model& model, const std::string& name) {
  const ModelConfig& config = model.config;
  return {{"name", name},
          {"fingerprint", model.fingerprint()},
          {"architecture", config.family->model_type},
          {"dtype", dtype_name(model.weights.dtype())},
          {"n_layers", config.n_layers},
          {"d_model", config.d_model},
          {"n_heads", config.n_heads},
          {"n_kv_heads", config.n_kv_heads},
          {"d_head", config.d_head},
          {"d_mlp", config.d_mlp},
          {"n_ctx", config.n_ctx},
          {"d_vocab", config.d_vocab},
          {"activation", activation_name(config.architecture.activation)},
          {"tied_embedding", config.tie_word_embeddings}};
}

Json machine_json() {
  const Machine machine = this_machine();
  return {{"cpu", machine.cpu}, {"cores", machine.cores}};
}

Json program_json(const Provenance& provenance) {
  return {{"name", "excise"}, {"version", provenance.program_version}};
}

namespace {

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

}  // namespace

Json audit_json(const BranchAudit& audit) {
  return {{"no_op_max_abs_delta_logprob",
           number(audit.no_op_max_abs_delta_logprob)},
          {"edits_expected", audit.edits_expected},
          {"edits_fired", audit.edits_fired},
          {"rounding", rounding_json(audit.rounding)}};
}

std::string file_text(const Json& json) {
  return json_without_controls(
             json.dump(2, ' ', false, Json::error_handler_t::replace)) +
         "\n";
}

}  // namespace excise
