#include "cli/number_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace excise {
namespace {

constexpr std::array<std::string_view, 6> kWholeTypes = {
    "N", "K", "ID", "LAYER", "UINT", "INT"};
constexpr std::array<std::string_view, 8> kRealTypes = {
    "T", "P", "Q", "X", "A", "NATS", "SHARE", "FLOAT"};

template <typename Number>
bool is_number(std::string_view text, Number& number) {
  const auto [rest, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && rest == text.data() + text.size();
}

std::string check_whole(const std::string& text) {
  constexpr uint64_t kLargest = std::numeric_limits<int64_t>::max();
  uint64_t number = 0;
  if (is_number(text, number) && number <= kLargest) return {};
  return fmt::format("expected a whole number from 0 to {}, got {}", kLargest,
                     text);
}

std::string check_real(const std::string& text) {
  double number = 0;
  if (is_number(text, number) && std::isfinite(number)) return {};
  return fmt::format("expected a finite number such as 0.5, got {}", text);
}

}  // namespace

void check_number_options(const Command& program) {
  const auto is_in = [](const auto& types, const std::string& type) {
    return std::ranges::find(types, type) != types.end();
  };
  for (Option option : program.options()) {
    if (is_in(kWholeTypes, option.type())) {
      option.check_first(check_whole);
    } else if (is_in(kRealTypes, option.type())) {
      option.check_first(check_real);
    }
  }
  for (const Command& command : program.commands()) {
    check_number_options(command);
  }
}

}  // namespace excise
