// How long work tells that it goes on, and how it is told to stop.
#ifndef EXCISE_CORE_PROGRESS_H_
#define EXCISE_CORE_PROGRESS_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <string_view>

#include "core/error.h"

namespace excise {

// Borrowed by long-running functions; an empty one reports nowhere and is never
// cancelled.
struct Progress {
  // stage: "layers", "branches"; done of total units of about equal cost.
  std::function<void(std::string_view stage, size_t done, size_t total)> report;
  // May be set from a signal handler or another thread.
  const std::atomic<bool>* cancelled = nullptr;

  void advance(std::string_view stage, size_t done, size_t total) const {
    if (report) report(stage, done, total);
  }
  // To be called every few tens of milliseconds. Error: interrupted.
  Status check_cancelled() const {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) {
      return fail(ErrorCode::kInterrupted,
                  {.where = "run",
                   .subject = "interrupted before the end",
                   .hint = "no result was written"});
    }
    return {};
  }
};

// Progress of one of `parts` equal parts of a stage; `whole` and the stage's
// name must outlive it.
inline Progress part_of(const Progress& whole, std::string_view stage,
                        size_t part, size_t parts) {
  Progress progress;
  progress.cancelled = whole.cancelled;
  progress.report = [&whole, stage, part, parts](std::string_view, size_t done,
                                                 size_t total) {
    whole.advance(stage, part * total + done, parts * total);
  };
  return progress;
}

}  // namespace excise

#endif  // EXCISE_CORE_PROGRESS_H_
