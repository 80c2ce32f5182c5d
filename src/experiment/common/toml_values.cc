#include "experiment/common/toml_values.h"

#include <sstream>

#include "run/run_options.h"

namespace excise {

std::string toml_if_given(const std::string& text) {
  return text.empty() ? std::string() : toml_string(text);
}

std::string toml_if_given(const std::optional<std::string>& text) {
  return text ? toml_string(*text) : std::string();
}

std::string toml_strings(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts)
    out += (out.empty() ? "[" : ", ") + toml_string(text);
  return out.empty() ? out : out + "]";
}

std::string toml_number(double number) {
  std::ostringstream out;
  const toml::value<double> value(number);
  out << toml::toml_formatter(value, toml::format_flags::none);
  return out.str();
}

Expected read_strings(const toml::node& value, std::vector<std::string>& out) {
  const toml::array* array = value.as_array();
  if (array == nullptr) return "a list of strings";
  out.clear();
  for (const toml::node& element : *array) {
    if (!read_string(element, out.emplace_back()).empty())
      return "a list, each element a string";
  }
  return {};
}

Expected read_bytes(const toml::node& value, uint64_t& out) {
  if (!value.is_string()) return read_count(value, out);
  const auto bytes = parse_bytes(*value.value_exact<std::string>());
  if (!bytes) return "bytes such as 1500000000 or \"1.5G\"";
  out = *bytes;
  return {};
}

}  // namespace excise
