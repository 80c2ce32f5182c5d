#include "io/toml_reading.h"

#include <fmt/format.h>

#include <sstream>

#include "core/did_you_mean.h"
#include "io/toml_depth.h"

namespace excise {

Status parse_toml(std::string_view toml, std::string_view source,
                  std::string_view where,
                  const std::function<Status(const toml::table&)>& read) {
  EXCISE_CHECK(check_toml_depth(toml, source));
  try {
    return read(toml::parse(toml, source));
  } catch (const toml::parse_error& error) {
    const auto& at = error.source().begin;
    return fail(ErrorCode::kBadInput,
                {.where = where,
                 .subject = fmt::format("{}, line {}, column {}", source,
                                        at.line, at.column),
                 .expected = "TOML",
                 .hint = std::string(error.description())});
  }
}

std::string unknown_key_hint(std::string_view key,
                             const std::vector<std::string>& known) {
  const std::string near = did_you_mean(key, known);
  return near.empty() ? "see docs/formats.md for the keys" : near;
}

std::string shown_toml(const toml::node& value) {
  constexpr size_t kLongest = 40;
  if (value.is_table()) return "a table";
  if (value.is_array()) return "a list";
  std::ostringstream out;
  out << toml::toml_formatter(value, toml::format_flags::none);
  return out.str().size() <= kLongest ? out.str() : "another value";
}

Expected read_number(const toml::node& value, double& out) {
  const auto number = value.value<double>();  // integers too
  if (!value.is_number() || !number) return "a number";
  out = *number;
  return {};
}

Expected read_bool(const toml::node& value, bool& out) {
  const auto flag = value.value_exact<bool>();
  if (!flag) return "true or false";
  out = *flag;
  return {};
}

}  // namespace excise
