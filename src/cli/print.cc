#include "cli/print.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>

namespace excise {
namespace {

int failure = 0;  // errno of the first
bool pipe_broke = false;
bool pipes_end_programs = false;

void note_failure(bool failed) {
  if (!failed || failure != 0) return;
  failure = errno == 0 ? EIO : errno;
  pipe_broke = failure == EPIPE;
}

}  // namespace

void prepare_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) >= 0) continue;
    // The lowest free number, which is this one.
    open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
  struct sigaction before = {};
  sigaction(SIGPIPE, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return;
  pipes_end_programs = true;
  std::signal(SIGPIPE, SIG_IGN);
}

void write_out(std::string_view text) {
  errno = 0;
  note_failure(std::fwrite(text.data(), 1, text.size(), stdout) != text.size());
}

void write_error(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

Status flush_out() {
  errno = 0;
  note_failure(std::fflush(stdout) != 0);
  const int found = std::exchange(failure, 0);
  if (found == 0) return {};
  return fail(ErrorCode::kIo, {.where = "excise",
                               .subject = "standard output",
                               .expected = "to write all of it",
                               .found = std::strerror(found)});
}

void end_by_broken_pipe() {
  if (!pipes_end_programs || !pipe_broke) return;
  std::signal(SIGPIPE, SIG_DFL);
  std::raise(SIGPIPE);
}

}  // namespace excise
