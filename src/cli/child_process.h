// Another program as a helper of this one, run without a shell.
#ifndef EXCISE_CLI_CHILD_PROCESS_H_
#define EXCISE_CLI_CHILD_PROCESS_H_

#include <string>
#include <vector>

#include "core/error.h"

namespace excise {

// How it ended, and what it answered.
struct ChildEnd {
  int code = 0;    // its exit code
  int signal = 0;  // that ended it; 0: it ended by itself
  std::string answer;
};

// Runs a program to its end. arguments: the first is the program itself, looked
// for on PATH where it has no slash. It reads `request` from its standard
// input, which then stays open as long as this program lives, and writes its
// answer to descriptor kAnswerDescriptor; its output goes to standard error.
// Interrupted, this hands SIGINT on once and waits for its end; a second signal
// ends this program, and so its input. To be called after prepare_streams().
// Errors: io where it cannot be started.
Result<ChildEnd> run_child(const std::vector<std::string>& arguments,
                           const std::string& request);

inline constexpr int kAnswerDescriptor = 3;

}  // namespace excise

#endif  // EXCISE_CLI_CHILD_PROCESS_H_
