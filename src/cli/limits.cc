#include "cli/limits.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>

#include "core/error.h"
#include "math/linalg/blas_memory.h"

namespace excise {
namespace {

constexpr size_t kMegabyte = size_t{1} << 20;
constexpr size_t kStack = 8 * kMegabyte;  // what Linux gives by itself
constexpr size_t kCallersOfBlas = 2;      // edits are made on two threads

size_t processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<size_t>(std::max(1, CPU_COUNT(&set)));
}

// A limit in bytes; false where there is none.
bool limit_of(__rlimit_resource resource, size_t& bytes) {
  rlimit limit = {};
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return false;
  bytes = limit.rlim_cur;
  return true;
}

// Beside what is mapped already: a buffer of 128 MB for each processor and
// caller of OpenBLAS, each thread's stack and heap, and room to work.
size_t needed() {
  constexpr size_t kBuffer = 128, kThread = 72, kWork = 150;
  return (kBuffer * (processors() + kCallersOfBlas) + kThread * processors() +
          kWork) *
         kMegabyte;
}

}  // namespace

void check_address_space() {
  size_t limit = 0;
  if (!limit_of(RLIMIT_AS, limit)) return;
  const size_t size = needed();
  void* const probe = mmap(nullptr, size, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (probe != MAP_FAILED) {
    munmap(probe, size);
    return;
  }
  constexpr size_t kLibraries = 120 * kMegabyte;  // and the program itself
  char text[256];
  const int length = std::snprintf(
      text, sizeof text,
      "[excise] memory: expected an address space of at least %zu MB for %zu "
      "threads, and the model's file beside that, got %zu MB; raise the limit "
      "(ulimit -v), or use fewer processors (taskset -c 0)\n",
      (size + kLibraries) / kMegabyte, processors(), limit / kMegabyte);
  const ssize_t ignored =
      write(STDERR_FILENO, text, static_cast<size_t>(std::max(length, 0)));
  static_cast<void>(ignored);
  _exit(static_cast<int>(ErrorCode::kOutOfMemory));
}

void reserve_address_space() {
  size_t limit = 0;
  if (limit_of(RLIMIT_AS, limit))
    reserve_blas_memory(static_cast<int>(kCallersOfBlas));
}

void enlarge_thread_stacks() {
  size_t limit = 0;
  if (!limit_of(RLIMIT_STACK, limit) || limit >= kStack) return;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return;
  pthread_attr_setstacksize(&attributes, kStack);
  pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
}

int on_a_large_stack(const std::function<int()>& program) {
  size_t limit = 0;
  if (!limit_of(RLIMIT_STACK, limit) || limit >= kStack) return program();
  struct Call {
    const std::function<int()>& program;
    int code = 0;
  } call{program};
  const auto run = [](void* argument) -> void* {
    auto& made = *static_cast<Call*>(argument);
    made.code = made.program();
    return nullptr;
  };
  pthread_t thread = {};
  if (pthread_create(&thread, nullptr, run, &call) != 0) return program();
  pthread_join(thread, nullptr);
  return call.code;
}

}  // namespace excise
