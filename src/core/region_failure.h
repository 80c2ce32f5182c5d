// An exception that leaves an OpenMP region ends the program. What its threads
// throw is kept here, and thrown again behind the region.
#ifndef EXCISE_CORE_REGION_FAILURE_H_
#define EXCISE_CORE_REGION_FAILURE_H_

#include <exception>
#include <mutex>
#include <utility>

namespace excise {

class RegionFailure {
 public:
  // Called by any thread of the region: runs it, and keeps what it throws, of
  // several the first.
  template <typename Function>
  void guard(Function&& function) noexcept {
    try {
      std::forward<Function>(function)();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!thrown_) thrown_ = std::current_exception();
    }
  }
  // Behind the region.
  void rethrow() {
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  }

 private:
  std::mutex mutex_;
  std::exception_ptr thrown_;
};

}  // namespace excise

#endif  // EXCISE_CORE_REGION_FAILURE_H_
