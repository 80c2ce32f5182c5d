// What the standard streams are connected to.
#ifndef EXCISE_CLI_TERMINAL_H_
#define EXCISE_CLI_TERMINAL_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace excise {

struct Terminal {
  bool out = false;  // standard output is a terminal
  bool err = false;  // standard error is one
  bool colour =
      false;           // output may be coloured (NO_COLOR and TERM=dumb forbid)
  size_t width = 100;  // columns of standard output, at most 100
};

Terminal detect_terminal();

// text in bold where the terminal takes it.
std::string bold(std::string_view text, const Terminal& terminal);

// Lines of at most `width` bytes broken at spaces, each ended by a newline.
std::string wrapped(std::string_view text, size_t width);

}  // namespace excise

#endif  // EXCISE_CLI_TERMINAL_H_
