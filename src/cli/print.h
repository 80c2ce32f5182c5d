// The only way to standard output and standard error. Nothing here throws when
// a stream is closed, full or a pipe that nobody reads.
#ifndef EXCISE_CLI_PRINT_H_
#define EXCISE_CLI_PRINT_H_

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "core/error.h"

namespace excise {

// Standard streams that are closed get a descriptor on which every write or
// read fails: else a result file would get their number, and their text. A pipe
// without a reader is an error like any other from here on. To be called before
// any file is opened.
void prepare_streams();

// To standard output; the first failure is kept for flush_out().
void write_out(std::string_view text);
// To standard error, where a failure has no one to be told to.
void write_error(std::string_view text);

template <typename... T>
void print_out(fmt::format_string<T...> format, T&&... values) {
  write_out(fmt::format(format, std::forward<T>(values)...));
}
template <typename... T>
void print_error(fmt::format_string<T...> format, T&&... values) {
  write_error(fmt::format(format, std::forward<T>(values)...));
}

// Everything so far. Error: io where some of it could not be written.
Status flush_out();
// Ends the program as a broken pipe ends others, where one broke and the
// program that started this one has not asked for something else.
void end_by_broken_pipe();

}  // namespace excise

#endif  // EXCISE_CLI_PRINT_H_
