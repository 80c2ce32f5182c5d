// Ctrl-C and SIGTERM.
#ifndef EXCISE_CLI_INTERRUPT_H_
#define EXCISE_CLI_INTERRUPT_H_

#include <atomic>
#include <functional>
#include <thread>

namespace excise {

// While it lives, the first signal asks the work to stop and the second ends
// the program at once. Work that does not stop in time (it may be deep in a
// library) is cut off: clean_up runs on another thread, and the program ends
// with the exit code of an interruption.
class InterruptGuard {
 public:
  explicit InterruptGuard(std::function<void()> clean_up);
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  const std::atomic<bool>* cancelled() const;
  // From here on work is not cut off: it is about to be kept. False when it is
  // too late for that.
  bool disarm();

 private:
  void watch(const std::stop_token& done);

  std::function<void()> clean_up_;
  std::atomic<bool> armed_{true};
  std::jthread watcher_;
};

}  // namespace excise

#endif  // EXCISE_CLI_INTERRUPT_H_
