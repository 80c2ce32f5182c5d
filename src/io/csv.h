// Comma-separated values: RFC 4180, numbers that read back exactly.
#ifndef EXCISE_IO_CSV_H_
#define EXCISE_IO_CSV_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace excise {

// A field as RFC 4180 has it: in quotes where it must be.
std::string csv_field(const std::string& text);

// One row at the end of `out`; its destructor ends the line.
class CsvRow {
 public:
  explicit CsvRow(std::string& out) : out_(out) {}
  ~CsvRow() { out_ += '\n'; }
  CsvRow(const CsvRow&) = delete;
  CsvRow& operator=(const CsvRow&) = delete;

  CsvRow& text(std::string_view field);  // as csv_field() gives it
  CsvRow& count(size_t value);
  // Empty where there is no number, or none that is finite.
  CsvRow& number(const std::optional<double>& value);

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace excise

#endif  // EXCISE_IO_CSV_H_
