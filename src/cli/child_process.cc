#include "cli/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "cli/interrupt.h"

namespace excise {
namespace {

tl::unexpected<Error> cannot_start(const std::string& program, int error) {
  return fail(ErrorCode::kIo, {.where = "run",
                               .subject = program,
                               .expected = "a program that can be started",
                               .found = std::strerror(error)});
}

// One end of a pipe.
class End {
 public:
  explicit End(int descriptor = -1) : descriptor_(descriptor) {}
  End(End&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  End& operator=(End&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~End() { close(); }
  int get() const { return descriptor_; }
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  int descriptor_;
};

struct Pipe {
  End reader, writer;
};

Result<Pipe> make_pipe(const std::string& program) {
  std::array<int, 2> ends = {};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return cannot_start(program, errno);
  return Pipe{End(ends[0]), End(ends[1])};
}

// In a group of its own, so that Ctrl-C reaches it through this program alone,
// and once; with signals as a program has them that a shell starts.
Result<pid_t> spawn(const std::vector<std::string>& arguments, int input,
                    int answer) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments)
    argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  // Above all that is used here: no end is written over before it is taken.
  constexpr int kSpare = 200;
  posix_spawn_file_actions_adddup2(&files, answer, kSpare);
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, kSpare, kAnswerDescriptor);
  posix_spawn_file_actions_addclosefrom_np(&files, kAnswerDescriptor + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, usual;
  sigemptyset(&none);
  sigemptyset(&usual);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ})
    sigaddset(&usual, number);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK |
                                            POSIX_SPAWN_SETSIGDEF |
                                            POSIX_SPAWN_SETPGROUP);
  pid_t child = -1;
  const int error = ::posix_spawnp(&child, argv[0], &files, &attributes,
                                   argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return cannot_start(arguments.front(), error);
  return child;
}

// Writes and reads what goes without waiting.
void exchange(End& input, std::string_view& request, End& answer,
              std::string& answered, int milliseconds) {
  std::array<pollfd, 2> ends = {
      {{request.empty() ? -1 : input.get(), POLLOUT, 0},
       {answer.get(), POLLIN, 0}}};
  if (::poll(ends.data(), ends.size(), milliseconds) <= 0) return;
  if (ends[0].revents != 0) {
    const ssize_t written =
        ::write(input.get(), request.data(), request.size());
    if (written > 0) {
      request.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EAGAIN && errno != EINTR) {
      request = {};  // nobody reads it
    }
  }
  if (ends[1].revents != 0) {
    std::array<char, 4096> block = {};
    const ssize_t read = ::read(answer.get(), block.data(), block.size());
    if (read > 0) answered.append(block.data(), static_cast<size_t>(read));
    if (read == 0) answer.close();
  }
}

}  // namespace

Result<ChildEnd> run_child(const std::vector<std::string>& arguments,
                           const std::string& request) {
  EXCISE_CHECK(check_interrupted());
  Pipe input = EXCISE_TRY(make_pipe(arguments.front()));
  Pipe answer = EXCISE_TRY(make_pipe(arguments.front()));
  const pid_t child =
      EXCISE_TRY(spawn(arguments, input.reader.get(), answer.writer.get()));
  const Patience patience;
  input.reader.close();
  answer.writer.close();
  ::fcntl(input.writer.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(answer.reader.get(), F_SETFL, O_NONBLOCK);
  ChildEnd end;
  std::string_view left = request;
  int status = 0;
  bool told = false;
  constexpr int kTick = 20;  // milliseconds
  for (;;) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child || (ended < 0 && errno != EINTR)) break;
    if (!told && !check_interrupted()) {
      ::kill(child, SIGINT);
      told = true;
    }
    exchange(input.writer, left, answer.reader, end.answer, kTick);
  }
  // What it said last may be in the pipe yet.
  for (size_t before = end.answer.size() + 1;
       answer.reader.get() >= 0 && before != end.answer.size();) {
    before = end.answer.size();
    exchange(input.writer, left = {}, answer.reader, end.answer, 0);
  }
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  end.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  return end;
}

}  // namespace excise
