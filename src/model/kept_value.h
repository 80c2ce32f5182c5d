// A hook that keeps what it sees.
#ifndef EXCISE_MODEL_KEPT_VALUE_H_
#define EXCISE_MODEL_KEPT_VALUE_H_

#include <string>
#include <utility>

#include "core/matrix.h"
#include "model/forward.h"

namespace excise {

// A copy of the value goes to `kept`, which outlives the run.
inline Hook keep_value(std::string name, Matrix<float>& kept) {
  return {std::move(name),
          [&kept](const HookSite&, MatrixView<float> value) -> Status {
            kept = converted<float, float>(value);
            return {};
          }};
}

}  // namespace excise

#endif  // EXCISE_MODEL_KEPT_VALUE_H_
