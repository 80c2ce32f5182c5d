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
template <typename T>
std::string written(const std::vector<T>& list) {
  std::string out = "[";
  for (const T& element : list) {
    out += (out.size() > 1 ? ", " : "") + written(element);
  }
  return out + "]";
}

// The same, and "" for what is left out.
template <typename Number>
std::string line_of(const Number* number) {
  return written(*number);
}
std::string line_of(const std::string* text) {
  return text->empty() ? "" : written(*text);
}
template <typename T>
std::string line_of(const std::optional<T>* value) {
  return *value ? written(**value) : "";
}
template <typename T>
std::string line_of(const std::vector<T>* list) {
  return list->empty() ? "" : written(*list);
}
template <typename T>
std::string line_of(const TomlValue<T>& value) {
  const T written = value.write();
  return line_of(&written);
}
std::string line_of(const TomlTexts& value) {
  const std::vector<std::string> texts = value.write();
  return texts.size() == 1 ? written(texts.front()) : line_of(&texts);
}
template <typename A, typename B>
std::string line_of(const TomlValue<std::variant<A, B>>& value) {
  return std::visit([](const auto& one) { return written(one); },
                    value.write());
}
std::string line_of(const TomlCounts& value) {
  std::string out;
  for (const auto& [name, count] : value.write())
    out += fmt::format("{}{} = {}", out.empty() ? "{" : ", ", name, count);
  return out.empty() ? out : out + "}";
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
template <typename T>
Expected take(const toml::node& value, std::optional<T>& out) {
  return take(value, out.emplace());
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

// Reads into the struct.
template <typename T>
Expected take_field(const toml::node& value, T* out) {
  return take(value, *out);
}
Expected take_field(const toml::node& value, const TomlText& field) {
  return field.read(value.value_exact<std::string>().value_or(""));
}
Expected take_field(const toml::node& value, const TomlFlag& field) {
  bool flag = false;
  const Expected expected = take(value, flag);
  return expected.empty() ? field.read(flag) : expected;
}
Expected take_field(const toml::node& value, const TomlTexts& field) {
  std::vector<std::string> texts(1);
  const Expected expected =
      value.is_array() ? take(value, texts) : take(value, texts.front());
  // None of them fits: read() says what would.
  return field.read(expected.empty() ? texts : std::vector<std::string>());
}
Expected take_field(const toml::node& value, const TomlNumberOrText& field) {
  uint64_t number = 0;
  if (const auto text = value.value_exact<std::string>())
    return field.read(*text);
  const Expected expected = take(value, number);
  return expected.empty() ? field.read(number) : expected;
}
Expected take_field(const toml::node& value, const TomlNumbersOrText& field) {
  if (const auto text = value.value_exact<std::string>())
    return field.read(*text);
  std::vector<uint64_t> numbers;
  // Read as no text: read() says what would fit.
  return take(value, numbers).empty() ? field.read(numbers)
                                      : field.read(std::string());
}
Expected take_field(const toml::node& value, const TomlCounts& field) {
  const toml::table* table = value.as_table();
  if (table == nullptr) return "a table such as {name = 40}";
  std::vector<std::pair<std::string, uint64_t>> counts;
  for (const auto& [name, count] : *table) {
    const Expected expected =
        take(count, counts.emplace_back(name.str(), 0).second);
    if (!expected.empty()) return "for each name " + expected;
  }
  return field.read(counts);
}

std::string shown(const toml::node& value) {
  const auto* list = value.as_array();
  if (list != nullptr && list->empty()) return "an empty list";
  const auto* table = value.as_table();
  if (table == nullptr || table->empty()) return shown_toml(value);
  std::string names;  // what is wrong may be one of them
  for (const auto& [name, inner] : *table) {
    names += (names.empty() ? "{" : ", ") + std::string(name.str()) + " = " +
             shown_toml(inner);
  }
  constexpr size_t kLongest = 80;
  return names.size() < kLongest ? names + "}" : shown_toml(value);
}

Status read_key(std::string_view key, const toml::node& value,
                std::string_view source, std::string_view schema,
                std::span<const TomlKey> keys, std::string_view where) {
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
                  {.where = where,
                   .subject = fmt::format("{}: unknown key {}", subject, key),
                   .hint = unknown_key_hint(key, names)});
    }
    expected =
        std::visit([&](const auto& field) { return take_field(value, field); },
                   known->field);
  }
  if (expected.empty()) return {};
  return fail(ErrorCode::kBadInput,
              {.where = where,
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

std::string toml_value(const TomlField& field) {
  return std::visit([](const auto& one) { return line_of(one); }, field);
}

std::string write_toml(std::string_view schema, std::span<const TomlKey> keys) {
  std::string out = "schema = " + written(std::string(schema)) + "\n";
  for (const TomlKey& one : keys) {
    const std::string value = toml_value(one.field);
    if (!value.empty()) out += fmt::format("{} = {}\n", one.key, value);
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
                 std::string_view schema, std::span<const TomlKey> keys,
                 std::string_view where) {
  return parse_toml(
      toml, source, where, [&](const toml::table& table) -> Status {
        for (const auto& [key, value] : table) {
          EXCISE_CHECK(read_key(key.str(), value, source, schema, keys, where));
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
