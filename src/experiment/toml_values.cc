#include "experiment/toml_values.h"

#include <sstream>

#include "experiment/spec.h"

namespace excise {

std::string toml_string(std::string_view text) {
  std::ostringstream out;
  const toml::value<std::string> value{std::string(text)};
  out << toml::toml_formatter(value, toml::format_flags::none);
  return out.str();
}

Expected read_bool(const toml::node& value, bool& out) {
  const auto flag = value.value_exact<bool>();
  if (!flag) return "true or false";
  out = *flag;
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
