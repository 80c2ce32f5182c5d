// JSON of what every result file has in common.
#ifndef EXCISE_EXPERIMENT_COMMON_JSON_VALUES_H_
#define EXCISE_EXPERIMENT_COMMON_JSON_VALUES_H_

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "experiment/common/provenance.h"
#include "math/statistics/bootstrap.h"
#include "model/model.h"
#include "run/branch_audit.h"

namespace excise {

using Json = nlohmann::ordered_json;

// null for NaN, infinity and nothing, which JSON has no number for.
Json number(double value);
Json number(const std::optional<double>& value);
Json interval(double low, double high);
// Why there is no number; nothing is added where there is one.
void add_reason(Json& json, const std::string& reason);

// Name, fingerprint and sizes.
Json model_json(const Model& model, const std::string& name);
// Processor and cores.
Json machine_json();
Json program_json(const Provenance& provenance);
Json audit_json(const BranchAudit& audit);

// As a file: two spaces a level; bytes that are no UTF-8 are replaced,
// and what a terminal would obey is escaped.
std::string file_text(const Json& json);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_JSON_VALUES_H_
