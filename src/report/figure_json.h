// Figures as the page's script reads them.
#ifndef EXCISE_REPORT_FIGURE_JSON_H_
#define EXCISE_REPORT_FIGURE_JSON_H_

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "report/figure.h"

namespace excise {

// Few numbers as a list (exact), many as {"f32": base64 of little-endian
// float32}. NaN is null in a list.
nlohmann::ordered_json numbers_json(std::span<const double> values);

nlohmann::ordered_json figure_json(const Figure& figure);
nlohmann::ordered_json theme_json(const Theme& theme);

// Compact, and safe inside a script element: no `<`.
std::string script_json(const nlohmann::ordered_json& json);

}  // namespace excise

#endif  // EXCISE_REPORT_FIGURE_JSON_H_
