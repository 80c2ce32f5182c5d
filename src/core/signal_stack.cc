#include "core/signal_stack.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

namespace excise {
namespace {

// A frame holds all vector registers; with AMX that is 11 KB.
size_t stack_size() {
  constexpr long kLeast = 64L << 10;
  return static_cast<size_t>(
      std::max(kLeast, 4 * sysconf(_SC_MINSIGSTKSZ)));  // -1 where unknown
}

class SignalStack {
 public:
  SignalStack() {
    stack_t now = {};
    if (sigaltstack(nullptr, &now) != 0 || (now.ss_flags & SS_DISABLE) == 0)
      return;
    const size_t size = stack_size();
    void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) return;
    stack_ = {.ss_sp = memory, .ss_flags = 0, .ss_size = size};
    if (sigaltstack(&stack_, nullptr) != 0) free_memory();
  }
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;
  ~SignalStack() {
    if (stack_.ss_sp == nullptr) return;
    stack_t now = {};
    // Whoever has put another in its place may come back to this one.
    if (sigaltstack(nullptr, &now) != 0 || now.ss_sp != stack_.ss_sp) return;
    const stack_t none = {
        .ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
    if (sigaltstack(&none, nullptr) == 0) free_memory();
  }

 private:
  void free_memory() {
    munmap(stack_.ss_sp, stack_.ss_size);
    stack_.ss_sp = nullptr;
  }

  stack_t stack_ = {};
};

}  // namespace

void use_signal_stack() { thread_local const SignalStack stack; }

void use_signal_stacks() {
#pragma omp parallel
  use_signal_stack();
}

}  // namespace excise
