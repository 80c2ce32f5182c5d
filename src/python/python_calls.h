// Functions of Python that the engine calls.
#ifndef EXCISE_PYTHON_PYTHON_CALLS_H_
#define EXCISE_PYTHON_PYTHON_CALLS_H_

#include <nanobind/nanobind.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <string_view>
#include <type_traits>

#include "core/error.h"
#include "core/matrix.h"
#include "model/architecture/block.h"
#include "model/architecture/config.h"
#include "model/architecture/hooks.h"
#include "python/arrays.h"

namespace excise {

// Keeps what Python raises, so that the engine ends by an error first. where:
// the part of the engine that calls, for that error.
class PythonCalls {
 public:
  explicit PythonCalls(std::string_view where) : where_(where) {}

  // Calls function(), which gives a Status or nothing, with Python's lock.
  // Errors: its own; interrupted where it raised.
  template <typename Function>
  Status guarded(const Function& function) {
    const nanobind::gil_scoped_acquire locked;
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<Function>>) {
        function();
        return {};
      } else {
        return function();
      }
    } catch (...) {
      raised_ = std::current_exception();
      return fail(ErrorCode::kInterrupted,
                  {.where = where_, .subject = "stopped by Python"});
    }
  }

  // Throws what was raised, if anything was.
  void rethrow() const {
    if (raised_) std::rethrow_exception(raised_);
  }

 private:
  std::string_view where_;
  std::exception_ptr raised_;
};

// Calls function(array, further...); what the array then holds becomes the
// value. The array is the function's own and may outlive the run. Errors: those
// of guarded().
template <typename... Further>
Status edit_by(const nanobind::callable& function, PythonCalls& calls,
               const HookSite& site, const ModelConfig& config,
               MatrixView<float> value, const Further&... further) {
  const auto copy = std::make_shared<Matrix<float>>(
      converted<float>(MatrixView<const float>(value)));
  EXCISE_CHECK(calls.guarded([&] {
    function(array_view<float>(copy->data(),
                               hook_shape(config, site.point, value.rows()),
                               keep(copy)),
             further...);
  }));
  for (size_t i = 0; i < value.rows(); ++i)
    std::ranges::copy(copy->row(i), value.row(i).begin());
  return {};
}

}  // namespace excise

#endif  // EXCISE_PYTHON_PYTHON_CALLS_H_
