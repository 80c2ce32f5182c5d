// The program: command line in, exit code out.
#ifndef EXCISE_CLI_APP_H_
#define EXCISE_CLI_APP_H_

namespace excise {

// Prints results to standard output, errors to standard error. Gives 0 or the
// value of the ErrorCode.
int run_program(int argc, const char* const* argv);

}  // namespace excise

#endif  // EXCISE_CLI_APP_H_
