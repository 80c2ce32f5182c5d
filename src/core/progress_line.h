// How far long work is, as a line of text.
#ifndef EXCISE_CORE_PROGRESS_LINE_H_
#define EXCISE_CORE_PROGRESS_LINE_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace excise {

// "layers   [###########         ]  58 %, 0:03 left". done of total units of
// about equal cost.
std::string progress_line(std::string_view stage, size_t done, size_t total,
                          double seconds_so_far);

}  // namespace excise

#endif  // EXCISE_CORE_PROGRESS_LINE_H_
