#include "core/threads.h"

#include <omp.h>

#include <array>

#include "core/region_failure.h"

namespace excise {

int use_threads(int threads) {
  const int taken = threads > 0 ? threads : omp_get_num_procs();
  omp_set_num_threads(taken);
  return taken;
}

ThreadCount::ThreadCount(int threads) : before_(omp_get_max_threads()) {
  if (threads > 0) omp_set_num_threads(threads);
}

ThreadCount::~ThreadCount() { omp_set_num_threads(before_); }

Status in_parallel(const std::function<Status()>& first,
                   const std::function<Status()>& second) {
  const std::array<const std::function<Status()>*, 2> tasks = {&first, &second};
  std::array<Status, 2> results;
  RegionFailure failure;
#pragma omp parallel for schedule(static, 1) \
    num_threads(2) if (omp_get_max_threads() > 1)
  for (size_t i = 0; i < tasks.size(); ++i) {
    failure.guard([&] { results[i] = (*tasks[i])(); });
  }
  failure.rethrow();
  for (Status& result : results) EXCISE_CHECK(std::move(result));
  return {};
}

}  // namespace excise
