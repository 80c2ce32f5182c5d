// What messages say of a list whose range runs backward.
#ifndef EXCISE_CORE_BACKWARD_RANGE_H_
#define EXCISE_CORE_BACKWARD_RANGE_H_

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

#include "core/trimmed.h"

namespace excise {

// ", where 5-3 runs backward" of "0,5-3"; "" of lists without such a range.
inline std::string backward_range(std::string_view list) {
  const auto number = [](std::string_view text, size_t& value) {
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && rest == end;
  };
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const std::string_view range = trimmed(list.substr(0, comma));
    const size_t dash = range.find('-');
    size_t first = 0, last = 0;
    if (dash != std::string_view::npos &&
        number(trimmed(range.substr(0, dash)), first) &&
        number(trimmed(range.substr(dash + 1)), last) && last < first)
      return ", where " + std::string(range) + " runs backward";
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return "";
}

}  // namespace excise

#endif  // EXCISE_CORE_BACKWARD_RANGE_H_
