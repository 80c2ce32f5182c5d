#include "cli/interrupt.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "core/progress.h"
#include "core/signal_stack.h"

namespace excise {
namespace {

std::atomic<bool> signalled{false};
static_assert(std::atomic<bool>::is_always_lock_free);

}  // namespace

InterruptGuard::InterruptGuard(std::function<void()> clean_up)
    : clean_up_(std::move(clean_up)) {
  use_signal_stack();  // the kernel gives it to the main thread, which is this
  struct sigaction action {};
  action.sa_handler = [](int) { signalled.store(true); };
  // The default action is back for the second signal.
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART | SA_ONSTACK);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  watcher_ = std::jthread([this](const std::stop_token& done) { watch(done); });
}

const std::atomic<bool>* InterruptGuard::cancelled() const {
  return &signalled;
}

bool InterruptGuard::disarm() { return armed_.exchange(false); }

void InterruptGuard::watch(const std::stop_token& done) {
  using namespace std::chrono_literals;
  constexpr auto kTick = 20ms;
  constexpr auto kGrace = 600ms;
  std::mutex mutex;
  std::condition_variable_any never;  // only `done` and the tick end a wait
  std::unique_lock lock(mutex);
  for (auto waited = 0ms; waited < kGrace; waited += signalled ? kTick : 0ms) {
    never.wait_for(lock, done, kTick, [] { return false; });
    if (done.stop_requested()) return;
  }
  if (!armed_.exchange(false)) return;
  clean_up_();
  const Progress progress{.report = {}, .cancelled = &signalled};
  fmt::print(stderr, "\n{}\n", progress.check_cancelled().error().message);
  std::_Exit(static_cast<int>(ErrorCode::kInterrupted));
}

}  // namespace excise
