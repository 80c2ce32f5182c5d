#ifndef EXCISE_CORE_TRIMMED_H_
#define EXCISE_CORE_TRIMMED_H_

#include <string_view>

namespace excise {

// Without the blanks around it, which no list or number minds.
inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace excise

#endif  // EXCISE_CORE_TRIMMED_H_
