// What a fit found as JSON: `excise fit --json` (docs/formats.md).
#ifndef EXCISE_FIT_FIT_JSON_H_
#define EXCISE_FIT_FIT_JSON_H_

#include <nlohmann/json.hpp>  // for those who call it
#include <string>

#include "experiment/common/json_values.h"
#include "fit/basis_fit.h"

namespace excise {

// file: where the basis was written.
Json fit_json(const BasisFit& fit, const std::string& file);

}  // namespace excise

#endif  // EXCISE_FIT_FIT_JSON_H_
