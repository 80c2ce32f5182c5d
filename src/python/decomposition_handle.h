// The fitted decomposition that Python objects share.
#ifndef EXCISE_PYTHON_DECOMPOSITION_HANDLE_H_
#define EXCISE_PYTHON_DECOMPOSITION_HANDLE_H_

#include <memory>

#include "intervention/decomposition.h"

namespace excise {

struct DecompositionHandle {
  std::shared_ptr<const Decomposition> decomposition;
};

}  // namespace excise

#endif  // EXCISE_PYTHON_DECOMPOSITION_HANDLE_H_
