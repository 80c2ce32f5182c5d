#include "python/interruptible.h"

#include <nanobind/stl/string.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "python/fork.h"

namespace excise {
namespace {

namespace nb = nanobind;

// What the worker tells the calling thread.
struct Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::string stage;
  size_t done = 0, total = 0;
  bool news = false;
  bool finished = false;
  std::exception_ptr failure;
};

void work_on(const std::function<void(const Progress&)>& work,
             const Progress& progress, Shared& shared) {
  std::exception_ptr failure;
  try {
    // Of this thread: whoever forks in the calling one forks in the middle.
    const Working working;
    work(progress);
  } catch (...) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(shared.mutex);
  shared.failure = failure;
  shared.finished = true;
  shared.changed.notify_one();
}

// Waits for news or a tick, whichever comes first. False at the end.
bool wait(Shared& shared, Shared& news) {
  constexpr auto kTick = std::chrono::milliseconds(50);
  std::unique_lock lock(shared.mutex);
  shared.changed.wait_for(lock, kTick,
                          [&] { return shared.finished || shared.news; });
  news.stage = shared.stage;
  news.done = shared.done;
  news.total = shared.total;
  news.news = std::exchange(shared.news, false);
  return !shared.finished || news.news;
}

}  // namespace

void run_interruptible(const nb::object& report,
                       const std::function<void(const Progress&)>& work) {
  const uint64_t generation = fork_generation();
  Shared shared;
  std::atomic<bool> cancelled{false};
  Progress progress;
  progress.cancelled = &cancelled;
  progress.report = [&](std::string_view stage, size_t done, size_t total) {
    const std::lock_guard lock(shared.mutex);
    shared.stage = stage;
    shared.done = done;
    shared.total = total;
    shared.news = true;
    shared.changed.notify_one();
  };
  const nb::gil_scoped_release unlocked;
  auto worker =
      std::make_unique<std::thread>([&] { work_on(work, progress, shared); });
  std::exception_ptr raised;
  Shared news;
  while (!raised && wait(shared, news)) {
    const nb::gil_scoped_acquire locked;
    try {
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
      if (news.news && !report.is_none()) {
        report(news.stage, news.done, news.total);
      }
    } catch (...) {
      raised = std::current_exception();
      cancelled = true;
    }
    if (fork_generation() != generation) {  // forked by what was called
      static_cast<void>(worker.release());  // no thread is there to wait for
      refuse_after_fork();
    }
  }
  worker->join();
  if (raised) std::rethrow_exception(raised);
  if (shared.failure) std::rethrow_exception(shared.failure);
}

}  // namespace excise
