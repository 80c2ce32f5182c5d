#include "core/threads.h"

#include <omp.h>

#include <array>
#include <exception>

namespace excise {

int use_threads(int threads) {
  const int taken = threads > 0 ? threads : omp_get_num_procs();
  omp_set_num_threads(taken);
  return taken;
}

Status in_parallel(const std::function<Status()>& first,
                   const std::function<Status()>& second) {
  const std::array<const std::function<Status()>*, 2> tasks = {&first, &second};
  std::array<Status, 2> results;
  std::array<std::exception_ptr, 2> thrown;  // may not leave the loop
#pragma omp parallel for schedule(static, 1) \
    num_threads(2) if (omp_get_max_threads() > 1)
  for (size_t i = 0; i < tasks.size(); ++i) {
    try {
      results[i] = (*tasks[i])();
    } catch (...) {
      thrown[i] = std::current_exception();
    }
  }
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (thrown[i]) std::rethrow_exception(thrown[i]);
    EXCISE_CHECK(std::move(results[i]));
  }
  return {};
}

}  // namespace excise
