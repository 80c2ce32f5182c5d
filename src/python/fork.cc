#include "python/fork.h"

#include <omp.h>
#include <pthread.h>

#include <atomic>

#include "python/errors.h"

namespace excise {
namespace {

std::atomic<int> working{0};  // in all threads
thread_local int working_here = 0;
std::atomic<uint64_t> generation{0};
std::atomic<bool> torn{false};  // forked from a process that was at work
bool busy_at_fork = false;      // written and read by the thread that forks

void before_fork() {
  const bool paused = omp_pause_resource_all(omp_pause_hard) == 0;
  busy_at_fork = working > working_here || !paused;
}

void in_child() {
  torn = torn || busy_at_fork;
  working = working_here;
  ++generation;
}

}  // namespace

void watch_forks() { pthread_atfork(before_fork, nullptr, in_child); }

Working::Working() {
  if (torn) refuse_after_fork();
  ++working;
  ++working_here;
}

Working::~Working() {
  --working;
  --working_here;
}

uint64_t fork_generation() { return generation; }

void refuse_after_fork() {
  throw ErrorException(make_error(
      ErrorCode::kUnsupported,
      {.where = "fork",
       .subject = "this process",
       .expected = "a fork while no other thread runs excise",
       .found = "one in the middle of a run",
       .hint = "take multiprocessing.get_context(\"spawn\"), or fork before "
               "or after the run"}));
}

}  // namespace excise
