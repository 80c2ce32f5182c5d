// What becomes of the engine in a process that Python forked.
#ifndef EXCISE_PYTHON_FORK_H_
#define EXCISE_PYTHON_FORK_H_

#include <cstdint>

namespace excise {

// To be called once. From then on a child works as its parent does: OpenMP's
// threads, which a fork does not take along and which libgomp would wait for,
// are ended before each fork by the thread that forks, and start again with its
// next work. https://www.openmp.org/spec-html/5.0/openmpsu156.html
void watch_forks();

// Lives while the calling thread works with the engine; made with Python's lock
// held. Throws ErrorException in a process that was forked while another thread
// did so, since what that thread had locked stays locked there.
class Working {
 public:
  Working();
  Working(const Working&) = delete;
  Working& operator=(const Working&) = delete;
  ~Working();
};

// Grows in a forked child: threads that were started before are not there.
uint64_t fork_generation();

// What Working throws.
[[noreturn]] void refuse_after_fork();

}  // namespace excise

#endif  // EXCISE_PYTHON_FORK_H_
