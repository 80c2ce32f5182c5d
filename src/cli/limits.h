// Limits that a shell or a container sets on the program (ulimit -v, -s).
#ifndef EXCISE_CLI_LIMITS_H_
#define EXCISE_CLI_LIMITS_H_

#include <functional>

namespace excise {

// Ends the program with the code of out_of_memory and a message that says how
// much is needed, where the address space is limited to less than the libraries
// take: OpenBLAS would look for it for ever. Safe before any library has
// started, and meant for then.
void check_address_space();
// Afterwards: takes what a run will need of it, where it is limited.
void reserve_address_space();

// Gives threads that are started from here on the stack that libraries count
// on, whatever the limit of the main thread. Safe before any library has
// started.
void enlarge_thread_stacks();
// Runs the program on such a stack.
int on_a_large_stack(const std::function<int()>& program);

}  // namespace excise

#endif  // EXCISE_CLI_LIMITS_H_
