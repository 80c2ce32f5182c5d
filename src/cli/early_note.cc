#include "cli/early_note.h"

#include <utility>

#include "cli/print.h"
#include "cli/terminal.h"

namespace excise {

EarlyNote::EarlyNote(std::string text, bool quiet)
    : text_(quiet ? std::string() : std::move(text)) {
  if (detect_terminal().err) tell();
}

void EarlyNote::succeed() { tell(); }

void EarlyNote::tell() {
  if (!text_.empty()) print_error("{}", text_);
  text_.clear();
}

}  // namespace excise
