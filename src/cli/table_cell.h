// Cells of the tables.
#ifndef EXCISE_CLI_TABLE_CELL_H_
#define EXCISE_CLI_TABLE_CELL_H_

#include <optional>
#include <string>

namespace excise {

// format: of one number, such as "{:+.4f}". "-" where there is none; a number
// that is shown as 0 has no sign.
std::string cell(const char* format, const std::optional<double>& value);

// Of a p or q, with two digits.
std::string p_cell(const std::optional<double>& value);

// Ends a line where its last character that shows does.
std::string ended(std::string line);

}  // namespace excise

#endif  // EXCISE_CLI_TABLE_CELL_H_
