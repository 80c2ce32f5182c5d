#ifndef EXCISE_CORE_FIRST_REPEATED_H_
#define EXCISE_CORE_FIRST_REPEATED_H_

#include <optional>
#include <set>
#include <vector>

namespace excise {

// The first value that stands a second time, where each may stand once.
template <typename T>
std::optional<T> first_repeated(const std::vector<T>& values) {
  std::set<T> seen;
  for (const T& value : values) {
    if (!seen.insert(value).second) return value;
  }
  return std::nullopt;
}

}  // namespace excise

#endif  // EXCISE_CORE_FIRST_REPEATED_H_
