// A line on standard error that shows how far long work is.
#ifndef EXCISE_CLI_PROGRESS_BAR_H_
#define EXCISE_CLI_PROGRESS_BAR_H_

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace excise {

class ProgressBar {
 public:
  explicit ProgressBar(bool visible) : visible_(visible) {}
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { clear(); }

  void show(std::string_view stage, size_t done, size_t total);
  void clear();  // wipes the line
  bool visible() const { return visible_; }

 private:
  using Clock = std::chrono::steady_clock;
  bool visible_;
  bool drawn_ = false;
  std::string stage_;
  Clock::time_point started_;
  Clock::time_point last_drawn_;
};

}  // namespace excise

#endif  // EXCISE_CLI_PROGRESS_BAR_H_
