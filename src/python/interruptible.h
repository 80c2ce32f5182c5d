// Long work without Python's lock, which reports progress and stops at Ctrl-C.
#ifndef EXCISE_PYTHON_INTERRUPTIBLE_H_
#define EXCISE_PYTHON_INTERRUPTIBLE_H_

#include <nanobind/nanobind.h>

#include <functional>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/progress.h"
#include "python/errors.h"

namespace excise {

// Runs `work` on a thread of its own. The calling thread holds Python's lock
// only to call report(stage, done, total), unless that is None, and to let
// Python handle signals. Exceptions: what report raises, KeyboardInterrupt;
// both cancel the work and wait for its end.
void run_interruptible(const nanobind::object& report,
                       const std::function<void(const Progress&)>& work);

// The same for work that gives something. Throws ErrorException.
template <typename T>
T run_interruptible(const nanobind::object& report,
                    const std::function<Result<T>(const Progress&)>& work) {
  std::optional<Result<T>> result;
  run_interruptible(report, [&](const Progress& progress) {
    result.emplace(work(progress));
  });
  return unwrap(std::move(*result));
}

}  // namespace excise

#endif  // EXCISE_PYTHON_INTERRUPTIBLE_H_
