// Task files: prompts with answers, and where there are some with foils.
#ifndef EXCISE_EXPERIMENT_TASK_TASK_FILE_H_
#define EXCISE_EXPERIMENT_TASK_TASK_FILE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace excise {

inline constexpr size_t kMaxTaskLines = 100'000;
inline constexpr size_t kMaxTaskBytes = size_t{16} << 20;

struct TaskRow {
  size_t line = 0;  // where it begins, from 1
  std::string prompt = {};
  std::string answer = {};
  std::optional<std::string> foil = {};
  std::optional<std::string> counterpart = {};
  std::string group = {};
};

struct TaskFile {
  std::vector<TaskRow> rows = {};
  std::vector<std::string> unread = {};  // further columns, in their order
};

// text: tab- or comma-separated with a heading, or JSON lines where the first
// character is a brace. An empty foil, counterpart or group is none. source:
// for messages. Error bad_file with the line: no UTF-8, a column missing or
// twice, an empty prompt or answer, a row twice, too many lines.
Result<TaskFile> parse_task(std::string_view text, std::string_view source);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_TASK_TASK_FILE_H_
