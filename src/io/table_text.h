// Tables that others wrote: comma- and tab-separated values.
#ifndef EXCISE_IO_TABLE_TEXT_H_
#define EXCISE_IO_TABLE_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace excise {

struct TableRow {
  size_t line = 0;  // where it begins, from 1
  std::vector<std::string> fields;
};

// Whether lines that start with # are left out.
enum class Comments { kHash, kNone };

// Rows of a table whose first row has a tab, a comma or a semicolon in it,
// which then separates all fields. A field that stands in quotes as a whole is
// what csv.writer and pandas put there: without them, doubled ones single, and
// it may hold separators and ends of lines. A quote anywhere else is itself.
// Empty lines are left out.
std::vector<TableRow> table_rows(std::string_view text,
                                 Comments comments = Comments::kHash);

}  // namespace excise

#endif  // EXCISE_IO_TABLE_TEXT_H_
