#include "io/csv.h"

#include <fmt/format.h>

#include <cmath>

namespace excise {

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

CsvRow& CsvRow::text(std::string_view field) {
  if (!first_) out_ += ',';
  first_ = false;
  out_ += field;
  return *this;
}

CsvRow& CsvRow::count(size_t value) {
  return text(fmt::format_int(value).c_str());
}

CsvRow& CsvRow::number(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return text("");
  return text(fmt::format("{}", *value));
}

}  // namespace excise
