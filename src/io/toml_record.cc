#include "io/toml_record.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <limits>
#include <sstream>

#include "io/text_file.h"
#include "io/toml_depth.h"

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

// What the key should have held; empty when it did.
using Expected = std::string;

Expected take(const toml::node& value, std::string& out) {
  auto text = value.value_exact<std::string>();
  if (!text) return "a string";
  out = std::move(*text);
  return {};
}
Expected take(const toml::node& value, bool& out) {
  const auto flag = value.value_exact<bool>();
  if (!flag) return "true or false";
  out = *flag;
  return {};
}
Expected take(const toml::node& value, double& out) {
  const auto number = value.value<double>();  // integers too
  if (!value.is_number() || !number) return "a number";
  out = *number;
  return {};
}
template <typename Integer>
Expected take_count(const toml::node& value, Integer& out) {
  constexpr auto kMax = std::min<uint64_t>(std::numeric_limits<Integer>::max(),
                                           std::numeric_limits<int64_t>::max());
  const auto number = value.value_exact<int64_t>();
  if (!number || *number < 0 || static_cast<uint64_t>(*number) > kMax) {
    return fmt::format("an integer from 0 to {}", kMax);
  }
  out = static_cast<Integer>(*number);
  return {};
}
Expected take(const toml::node& value, uint64_t& out) {
  return take_count(value, out);
}
Expected take(const toml::node& value, int& out) {
  return take_count(value, out);
}
Expected take(const toml::node& value, std::optional<uint64_t>& out) {
  return take_count(value, out.emplace());
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

std::string near_keys_hint(std::string_view key,
                           std::span<const TomlKey> keys) {
  std::vector<std::string> known;
  for (const TomlKey& one : keys) known.emplace_back(one.key);
  std::string hint;
  for (const std::string& name : near_names(key, known)) {
    hint += (hint.empty() ? "did you mean " : " or ") + name;
  }
  return hint.empty() ? "see docs/formats.md for the keys" : hint + "?";
}

// A short value itself, the type of a longer one.
std::string shown(const toml::node& value) {
  constexpr size_t kLongest = 40;
  if (value.is_table()) return "a table";
  if (const auto* list = value.as_array())
    return list->empty() ? "an empty list" : "a list";
  std::ostringstream out;
  out << toml::toml_formatter(value, toml::format_flags::none);
  return out.str().size() <= kLongest ? out.str() : "another value";
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
      return fail(ErrorCode::kBadInput,
                  {.where = "toml",
                   .subject = fmt::format("{}: unknown key {}", subject, key),
                   .hint = near_keys_hint(key, keys)});
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

template <typename Read>
Status with_table(std::string_view toml, std::string_view source,
                  const Read& read) {
  EXCISE_CHECK(check_toml_depth(toml, source));
  try {
    return read(toml::parse(toml, source));
  } catch (const toml::parse_error& error) {
    const auto& at = error.source().begin;
    return fail(ErrorCode::kBadInput,
                {.where = "toml",
                 .subject = fmt::format("{}, line {}, column {}", source,
                                        at.line, at.column),
                 .expected = "TOML",
                 .hint = std::string(error.description())});
  }
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
  return with_table(toml, source, [&](const toml::table& table) -> Status {
    for (const auto& [key, value] : table) {
      EXCISE_CHECK(read_key(key.str(), value, source, schema, keys));
    }
    return {};
  });
}

std::optional<std::string> toml_schema(std::string_view toml) {
  std::optional<std::string> schema;
  const Status parsed =
      with_table(toml, "", [&](const toml::table& table) -> Status {
        schema = table["schema"].value<std::string>();
        return {};
      });
  return parsed ? schema : std::nullopt;
}

}  // namespace excise
