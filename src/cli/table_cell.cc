#include "cli/table_cell.h"

#include <fmt/format.h>

#include "core/number_text.h"

namespace excise {

std::string cell(const char* format, const std::optional<double>& value) {
  return value ? without_zero_sign(fmt::format(fmt::runtime(format), *value))
               : "-";
}

std::string p_cell(const std::optional<double>& value) {
  return value ? p_text(*value, 2) : "-";
}

std::string ended(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace excise
