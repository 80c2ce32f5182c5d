// How many threads parallel loops and products take.
#ifndef EXCISE_CORE_THREADS_H_
#define EXCISE_CORE_THREADS_H_

#include <functional>

#include "core/error.h"

namespace excise {

// For all that this thread starts from now on; 0: as many as this process may
// use. Gives the number taken.
int use_threads(int threads);

// What this thread starts while it lives takes so many threads; 0: as many as
// it took before.
class ThreadCount {
 public:
  explicit ThreadCount(int threads);
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;
  ~ThreadCount();

 private:
  int before_;
};

// Runs two things at once where there are two threads; parallel loops within
// them get one. Gives the first error of the two; throws what they throw.
Status in_parallel(const std::function<Status()>& first,
                   const std::function<Status()>& second);

}  // namespace excise

#endif  // EXCISE_CORE_THREADS_H_
