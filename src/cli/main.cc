#include <alloca.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <climits>
#include <csignal>
#include <cstddef>
#include <cstring>

#include "cli/app.h"
#include "cli/interrupt.h"
#include "cli/limits.h"

namespace {

// How long a thread that waits for others spins before it sleeps: some 0.2 ms.
// OpenMP's own 5 ms cost nothing on an idle machine, and on a busy one the
// processor that the awaited thread needs. docs/performance.md has both.
char brief_spin[] = "GOMP_SPINCOUNT=10000";

bool is_set(const char* const* variables, const char* name) {
  const size_t length = std::strlen(name);
  for (; *variables != nullptr; ++variables) {
    if (std::strncmp(*variables, name, length) == 0 &&
        (*variables)[length] == '=') {
      return true;
    }
  }
  return false;
}

// libgomp reads its environment once, when it is loaded. So the program starts
// itself again with the variable, unless the user has a wish of his own; before
// any library has started, which costs about a millisecond. Where that cannot
// be, it goes on as it is.
void spin_briefly(char** arguments, char** variables) {
  // Run by hand through the loader, the program is not what would start.
  if (getauxval(AT_BASE) == 0) return;
  if (is_set(variables, "GOMP_SPINCOUNT") ||
      is_set(variables, "OMP_WAIT_POLICY")) {
    return;
  }
  size_t count = 0;
  while (variables[count] != nullptr) ++count;
  auto** const more = static_cast<char**>(alloca((count + 2) * sizeof(char*)));
  more[0] = brief_spin;
  std::memcpy(more + 1, variables, (count + 1) * sizeof(char*));
  // Signals wait for the program's second start, which takes them.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    sigaddset(&signals, number);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  // By its own name, which is what tools show.
  char program[PATH_MAX] = {};
  if (readlink("/proc/self/exe", program, sizeof program - 1) > 0)
    execve(program, arguments, more);
}

void before_libraries(int, char** arguments, char** variables) {
  spin_briefly(arguments, variables);
  excise::watch_signals();
  excise::check_address_space();
  excise::enlarge_thread_stacks();
}

// The loader calls this before the constructors of libraries.
[[gnu::section(".preinit_array"),
  gnu::used]] void (*const first)(int, char**, char**) = before_libraries;

}  // namespace

int main(int argc, char** argv) {
  return excise::on_a_large_stack(
      [=] { return excise::run_program(argc, argv); });
}
