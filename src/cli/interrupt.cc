#include "cli/interrupt.h"

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <tuple>

#include "core/progress.h"
#include "core/signal_stack.h"
#include "io/staging.h"

namespace excise {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

std::atomic<bool> signalled{false};
std::atomic<int> times{0};
std::atomic<int> patient{0};
static_assert(std::atomic<bool>::is_always_lock_free &&
              std::atomic<int>::is_always_lock_free);

void note_signal(int) {
  signalled.store(true);
  times.fetch_add(1);
}

// Without waiting: for locks that the rest of the program holds, or for a
// reader of a pipe that is full.
void write_at_once(std::string_view text) {
  pollfd error_stream{STDERR_FILENO, POLLOUT, 0};
  if (poll(&error_stream, 1, 0) <= 0) return;
  std::ignore = write(STDERR_FILENO, text.data(), text.size());
}

// Whether a result was kept before.
bool remove_hidden() {
  try {
    return Staging::remove_all_for_exit();
  } catch (...) {
    return false;  // the next run removes them
  }
}

void watch(const std::stop_token& done) {
  using namespace std::chrono_literals;
  constexpr auto kTick = 20ms;
  constexpr auto kGrace = 600ms;
  std::mutex mutex;
  std::condition_variable_any never;  // only `done` and the tick end a wait
  std::unique_lock lock(mutex);
  for (auto waited = 0ms; waited < kGrace && times < 2;
       waited += signalled && patient == 0 ? kTick : 0ms) {
    never.wait_for(lock, done, kTick, [] { return false; });
    if (done.stop_requested()) return;
  }
  write_at_once(remove_hidden()
                    ? "\n[run] interrupted; what was written before is whole\n"
                    : "\n[run] interrupted before the end; no result was "
                      "written\n");
  std::_Exit(static_cast<int>(ErrorCode::kInterrupted));
}

}  // namespace

void watch_signals() {
  sigset_t ours;
  sigemptyset(&ours);
  for (const int number : kSignals) {
    sigaddset(&ours, number);
    struct sigaction action = {};
    if (sigaction(number, nullptr, &action) != 0 ||
        action.sa_handler == SIG_IGN) {
      continue;
    }
    action.sa_handler = &note_signal;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, nullptr);
  }
  sigprocmask(SIG_UNBLOCK, &ours, nullptr);
}

const std::atomic<bool>* interruption() { return &signalled; }

Status check_interrupted() {
  const Progress progress{.report = {}, .cancelled = &signalled};
  return progress.check_cancelled();
}

Patience::Patience() { patient.fetch_add(1); }
Patience::~Patience() { patient.fetch_sub(1); }

CutOff::CutOff() : watcher_([](const std::stop_token& done) { watch(done); }) {
  use_signal_stack();  // the kernel gives signals to the main thread
}

}  // namespace excise
