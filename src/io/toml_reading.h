// What readers of TOML files share: parsing, single values with what they
// should have been, and the hint for a key that nobody knows.
#ifndef EXCISE_IO_TOML_READING_H_
#define EXCISE_IO_TOML_READING_H_

#include <toml++/toml.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace excise {

// Calls read(the table). where and source: for messages. Errors: bad_input for
// what is no TOML (with line and column) or too deep; those of read.
Status parse_toml(std::string_view toml, std::string_view source,
                  std::string_view where,
                  const std::function<Status(const toml::table&)>& read);

// Near names, else where the keys are listed.
std::string unknown_key_hint(std::string_view key,
                             const std::vector<std::string>& known);

// A short value itself, the type of a longer one.
std::string shown_toml(const toml::node& value);

// What a key should have held; empty when it did.
using Expected = std::string;

Expected read_number(const toml::node& value, double& out);
Expected read_bool(const toml::node& value, bool& out);

template <typename String>  // std::string, or an optional one
Expected read_string(const toml::node& value, String& out) {
  auto text = value.value_exact<std::string>();
  if (!text) return "a string";
  out = std::move(*text);
  return {};
}

template <typename Integer>
Expected read_count(const toml::node& value, Integer& out) {
  constexpr auto kMax = std::min<uint64_t>(std::numeric_limits<Integer>::max(),
                                           std::numeric_limits<int64_t>::max());
  const auto number = value.value_exact<int64_t>();
  if (!number || *number < 0 || static_cast<uint64_t>(*number) > kMax) {
    return "an integer from 0 to " + std::to_string(kMax);
  }
  out = static_cast<Integer>(*number);
  return {};
}

}  // namespace excise

#endif  // EXCISE_IO_TOML_READING_H_
