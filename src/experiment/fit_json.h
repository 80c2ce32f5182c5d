// What a fit found as JSON: `excise fit --json` (docs/formats.md).
#ifndef EXCISE_EXPERIMENT_FIT_JSON_H_
#define EXCISE_EXPERIMENT_FIT_JSON_H_

#include <nlohmann/json.hpp>  // for those who call it
#include <string>

#include "experiment/basis_fit.h"
#include "experiment/json_values.h"

namespace excise {

// file: where the basis was written.
Json fit_json(const BasisFit& fit, const std::string& file);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_FIT_JSON_H_
