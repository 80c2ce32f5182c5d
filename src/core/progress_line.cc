#include "core/progress_line.h"

#include <fmt/format.h>

#include <algorithm>

namespace excise {

std::string progress_line(std::string_view stage, size_t done, size_t total,
                          double seconds_so_far) {
  constexpr size_t kWidth = 20;
  total = std::max<size_t>(total, 1);
  done = std::min(done, total);
  std::string line = fmt::format("{:<9}[{:<{}}] {:>3} %", stage,
                                 std::string(kWidth * done / total, '#'),
                                 kWidth, 100 * done / total);
  if (done > 0 && done < total) {
    const auto left =
        static_cast<long>(seconds_so_far * static_cast<double>(total - done) /
                          static_cast<double>(done));
    line += left < 3600
                ? fmt::format(", {}:{:02} left", left / 60, left % 60)
                : fmt::format(", {}:{:02} h left", left / 3600, left / 60 % 60);
  }
  return line;
}

}  // namespace excise
