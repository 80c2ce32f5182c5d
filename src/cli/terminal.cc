#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace excise {

Terminal detect_terminal() {
  Terminal terminal;
  terminal.out = isatty(STDOUT_FILENO) == 1;
  terminal.err = isatty(STDERR_FILENO) == 1;
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  terminal.colour = terminal.out &&
                    (no_color == nullptr || *no_color == '\0') &&
                    term != nullptr && std::string_view(term) != "dumb";
  winsize size{};
  if (terminal.out && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
      size.ws_col > 0) {
    terminal.width = std::clamp<size_t>(size.ws_col, 40, 100);
  }
  return terminal;
}

std::string bold(std::string_view text, const Terminal& terminal) {
  if (!terminal.colour) return std::string(text);
  return "\033[1m" + std::string(text) + "\033[0m";
}

std::string wrapped(std::string_view text, size_t width) {
  std::string out;
  while (text.size() > width) {
    size_t end = text.rfind(' ', width);
    if (end == std::string_view::npos) end = text.find(' ');
    if (end == std::string_view::npos) break;
    out += std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(end + 1);
  }
  return out + std::string(text) + "\n";
}

}  // namespace excise
