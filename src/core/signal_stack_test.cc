#include "core/signal_stack.h"

#include <gtest/gtest.h>
#include <omp.h>
#include <pthread.h>
#include <signal.h>

#include <array>
#include <cstdint>
#include <thread>
#include <vector>

namespace excise {
namespace {

thread_local uintptr_t handled_at = 0;

void note_stack(int) {
  const int here = 0;
  handled_at = reinterpret_cast<uintptr_t>(&here);
}

// Whether a handler of the calling thread leaves the thread's stack alone.
bool has_own_stack() {
  pthread_attr_t attributes;
  void* start = nullptr;
  size_t size = 0;
  pthread_getattr_np(pthread_self(), &attributes);
  pthread_attr_getstack(&attributes, &start, &size);
  pthread_attr_destroy(&attributes);
  struct sigaction action = {}, before = {};
  action.sa_handler = note_stack;
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR1, &action, &before);
  raise(SIGUSR1);
  sigaction(SIGUSR1, &before, nullptr);
  const auto first = reinterpret_cast<uintptr_t>(start);
  return handled_at < first || handled_at >= first + size;
}

// Sanitizers give each thread one.
void use_no_stack() {
  const stack_t none = {.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
  ASSERT_EQ(sigaltstack(&none, nullptr), 0);
}

TEST(SignalStack, IsTheThreadsUntilItEnds) {
  std::thread([] {
    use_no_stack();
    EXPECT_FALSE(has_own_stack());
    use_signal_stack();
    EXPECT_TRUE(has_own_stack());
    use_signal_stack();
    EXPECT_TRUE(has_own_stack());
  }).join();
}

TEST(SignalStack, KeepsOneThatIsThere) {
  std::thread([] {
    std::vector<std::byte> memory(size_t{64} << 10);
    const stack_t given = {
        .ss_sp = memory.data(), .ss_flags = 0, .ss_size = memory.size()};
    ASSERT_EQ(sigaltstack(&given, nullptr), 0);
    use_signal_stack();
    stack_t now = {};
    sigaltstack(nullptr, &now);
    EXPECT_EQ(now.ss_sp, given.ss_sp);
    use_no_stack();
  }).join();
}

TEST(SignalStack, AllThreadsOfALoopHaveOne) {
  std::thread([] {
    std::array<int, 3> own = {};
    omp_set_num_threads(static_cast<int>(own.size()));
    use_signal_stacks();
#pragma omp parallel for schedule(static, 1) ordered
    for (size_t i = 0; i < own.size(); ++i) {
#pragma omp ordered
      own[i] = has_own_stack() ? 1 : 0;
    }
    EXPECT_EQ(own, (std::array<int, 3>{1, 1, 1}));
  }).join();
}

}  // namespace
}  // namespace excise
