// Ctrl-C, SIGTERM and SIGHUP: one handling for all commands.
#ifndef EXCISE_CLI_INTERRUPT_H_
#define EXCISE_CLI_INTERRUPT_H_

#include <atomic>
#include <thread>

#include "core/error.h"

namespace excise {

// From here on a signal asks the work to stop. One that was ignored before, as
// under nohup or in the background, stays so; one that was blocked no longer
// is. Safe before any library has started.
void watch_signals();

// Set by the first signal; for Progress::cancelled.
const std::atomic<bool>* interruption();
// Error: interrupted.
Status check_interrupted();

// While it lives, work that does not stop in time after a signal (it may be
// deep in a library), or at once after a second one, is cut off: what is hidden
// and not yet whole is removed, and the program ends with the exit code of an
// interruption.
class CutOff {
 public:
  CutOff();

 private:
  std::jthread watcher_;
};

// While it lives, a first signal may take its time: another program cleans up.
// A second one cuts off as ever.
class Patience {
 public:
  Patience();
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;
  ~Patience();
};

}  // namespace excise

#endif  // EXCISE_CLI_INTERRUPT_H_
