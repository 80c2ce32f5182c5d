// A finished experiment, which can be written as a result folder.
#ifndef EXCISE_PYTHON_OUTCOME_H_
#define EXCISE_PYTHON_OUTCOME_H_

#include <functional>

#include "core/error.h"
#include "io/output_folder.h"

namespace excise {

struct Outcome {
  // Keeps what it needs: model, numbers, provenance.
  std::function<Status(const OutputFolder&)> write;
};

}  // namespace excise

#endif  // EXCISE_PYTHON_OUTCOME_H_
