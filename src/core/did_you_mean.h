// The hint of messages about names that nobody knows.
#ifndef EXCISE_CORE_DID_YOU_MEAN_H_
#define EXCISE_CORE_DID_YOU_MEAN_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace excise {

// "did you mean a or b?" of the nearest `most` near_names(); empty when nothing
// is near.
inline std::string did_you_mean(std::string_view name,
                                const std::vector<std::string>& known,
                                size_t most = 3) {
  std::string hint;
  for (const std::string& near : near_names(name, known)) {
    if (most-- == 0) break;
    hint += (hint.empty() ? "did you mean " : " or ") + near;
  }
  return hint.empty() ? hint : hint + "?";
}

}  // namespace excise

#endif  // EXCISE_CORE_DID_YOU_MEAN_H_
