#include "cli/progress_bar.h"

#include "cli/print.h"
#include "core/progress_line.h"

namespace excise {

void ProgressBar::show(std::string_view stage, size_t done, size_t total) {
  if (!visible_) return;
  const auto now = Clock::now();
  if (stage != stage_) {
    stage_ = stage;
    started_ = now;
  } else if (now - last_drawn_ < std::chrono::milliseconds(50) &&
             done < total) {
    return;
  }
  last_drawn_ = now;
  drawn_ = true;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  print_error("\r{}\033[K", progress_line(stage, done, total, seconds));
}

void ProgressBar::clear() {
  if (!drawn_) return;
  drawn_ = false;
  print_error("\r\033[K");
}

}  // namespace excise
