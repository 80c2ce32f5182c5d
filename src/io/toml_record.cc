#include "io/toml_record.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "io/text_file.h"
#include "io/toml_reading.h"

namespace excise {
namespace {

std::string written(const std::string& text) { return toml_string(text); }
std::string written(bool flag) { return flag ? "true" : "false"; }
std::string written(uint64_t number) { return fmt::format("{}", number); }
std::string written(int number) { return fmt::format("{}", number); }
std::string written(double number) {
  const std::string text = fmt::format("{}", number);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}
std::string written(const std::optional<uint64_t>& number) {
  return written(*number);
}
template <typename T>
std::string written(const std::vector<T>& list) {
  std::string out = "[";
  for (const T& element : list) {
    out += (out.size() > 1 ? ", " : "") + written(element);
  }
  return out + "]";
}

bool left_out(const std::string& text) { return text.empty(); }
template <typename T>
bool left_out(const std::vector<T>& list) {
  return list.empty();
}
bool left_out(const std::optional<uint64_t>& number) { return !number; }
template <typename Number>
bool left_out(const Number&) {
  return false;
}

Expected take(const toml::node& value, std::string& out) {
  return read_string(value, out);
}
Expected take(const toml::node& value, bool& out) {
  return read_bool(value, out);
}
Expected take(const toml::node& value, double& out) {
  return read_number(value, out);
}
Expected take(const toml::node& value, uint64_t& out) {
  return read_count(value, out);
}
Expected take(const toml::node& value, int& out) {
  return read_count(value, out);
}
Expected take(const toml::node& value, std::optional<uint64_t>& out) {
  return read_count(value, out.emplace());
}
template <typename T>
Expected take(const toml::node& value, std::vector<T>& out) {
  const toml::array* array = value.as_array();
  if (array == nullptr) return "a list";
  out.clear();
  // Left out, a list has its default, which is not always none.
  if (array->empty()) return "a list of at least one, or no such line";
  for (const toml::node& element : *array) {
    const Expected expected = take(element, out.emplace_back());
    if (!expected.empty()) return "a list, each element " + expected;
  }
  return {};
}

std::string shown(const toml::node& value) {
  const auto* list = value.as_array();
  return list != nullptr && list->empty() ? "an empty list" : shown_toml(value);
}

Status read_key(std::string_view key, const toml::node& value,
                std::string_view source, std::string_view schema,
                std::span<const TomlKey> keys) {
  const std::string subject =
      fmt::format("{}, line {}", source, value.source().begin.line);
  Expected expected;
  if (key == "schema") {
    if (value.value_exact<std::string>() == std::string(schema)) return {};
    expected = written(std::string(schema));
  } else {
    const auto known = std::ranges::find(keys, key, &TomlKey::key);
    if (known == keys.end()) {
      std::vector<std::string> names;
      for (const TomlKey& one : keys) names.emplace_back(one.key);
      return fail(ErrorCode::kBadInput,
                  {.where = "toml",
                   .subject = fmt::format("{}: unknown key {}", subject, key),
                   .hint = unknown_key_hint(key, names)});
    }
    expected = std::visit([&](auto* field) { return take(value, *field); },
                          known->field);
  }
  if (expected.empty()) return {};
  return fail(ErrorCode::kBadInput,
              {.where = "toml",
               .subject = fmt::format("{}: {}", subject, key),
               .expected = expected,
               .found = shown(value)});
}

}  // namespace

std::string toml_string(std::string_view text) {
  // The formatter would write other bytes; check_toml_text() finds these.
  if (first_invalid_utf8(text)) return '"' + std::string(text) + '"';
  std::ostringstream out;
  out << toml::toml_formatter(toml::value<std::string>(std::string(text)),
                              toml::format_flags::none);
  return out.str();
}

std::string write_toml(std::string_view schema, std::span<const TomlKey> keys) {
  std::string out = "schema = " + written(std::string(schema)) + "\n";
  const auto add = [&](std::string_view key, const auto& value) {
    if (!left_out(value)) out += fmt::format("{} = {}\n", key, written(value));
  };
  for (const TomlKey& one : keys) {
    std::visit([&](const auto* field) { add(one.key, *field); }, one.field);
  }
  return out;
}

Status check_toml_text(std::string_view toml) {
  const auto offset = first_invalid_utf8(toml);
  if (!offset) return {};
  const size_t line = toml.rfind('\n', *offset) + 1;  // npos + 1 is 0
  const std::string_view key = toml.substr(line, toml.find(' ', line) - line);
  constexpr size_t kAround = 20;
  const size_t from = std::max(line + key.size() + 3,
                               *offset < kAround ? 0 : *offset - kAround);
  return fail(
      ErrorCode::kBadInput,
      {.where = "toml",
       .subject = std::string(key),
       .expected = "UTF-8, which the experiment file that repeats the run is",
       .found = "..." + std::string(toml.substr(from, *offset + 1 - from))});
}

Status read_toml(std::string_view toml, std::string_view source,
                 std::string_view schema, std::span<const TomlKey> keys) {
  return parse_toml(
      toml, source, "toml", [&](const toml::table& table) -> Status {
        for (const auto& [key, value] : table) {
          EXCISE_CHECK(read_key(key.str(), value, source, schema, keys));
        }
        return {};
      });
}

std::optional<std::string> toml_schema(std::string_view toml) {
  std::optional<std::string> schema;
  const Status parsed =
      parse_toml(toml, "", "toml", [&](const toml::table& table) -> Status {
        schema = table["schema"].value<std::string>();
        return {};
      });
  return parsed ? schema : std::nullopt;
}

}  // namespace excise
