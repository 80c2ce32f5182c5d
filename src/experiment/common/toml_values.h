// Single values of an experiment file, read with what they should have been
// (beside those of io/toml_reading.h), and written.
#ifndef EXCISE_EXPERIMENT_COMMON_TOML_VALUES_H_
#define EXCISE_EXPERIMENT_COMMON_TOML_VALUES_H_

#include <toml++/toml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "io/toml_reading.h"
#include "io/toml_record.h"

namespace excise {

// toml_string(); empty for an empty text, which is left out.
std::string toml_if_given(const std::string& text);
std::string toml_if_given(const std::optional<std::string>& text);
// ["a", "b"]; empty for none.
std::string toml_strings(const std::vector<std::string>& texts);
// So that it reads back as the same double.
std::string toml_number(double number);

Expected read_strings(const toml::node& value, std::vector<std::string>& out);
// A count, or a string such as "1.5G".
Expected read_bytes(const toml::node& value, uint64_t& out);

template <typename Integer>
Expected read_counts(const toml::node& value, std::vector<Integer>& out) {
  const toml::array* array = value.as_array();
  if (array == nullptr) return "a list of integers";
  out.clear();
  for (const toml::node& element : *array) {
    const Expected expected = read_count(element, out.emplace_back());
    if (!expected.empty()) return "a list, each element " + expected;
  }
  return {};
}

template <typename Value>
Expected read_name(const toml::node& value,
                   Result<Value> (*parse)(std::string_view),
                   std::string_view names, Value& out) {
  const auto parsed = parse(value.value_exact<std::string>().value_or(""));
  if (!parsed) return Expected(names);
  out = *parsed;
  return {};
}

template <typename Integer>
std::string list(const std::vector<Integer>& numbers) {
  std::string out = "[";
  for (size_t i = 0; i < numbers.size(); ++i) {
    out += (i == 0 ? "" : ", ") + std::to_string(numbers[i]);
  }
  return out + "]";
}

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_TOML_VALUES_H_
