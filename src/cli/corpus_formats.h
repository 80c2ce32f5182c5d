// The tables of a corpus as files of CSV, of Parquet, or of both.
#ifndef EXCISE_CLI_CORPUS_FORMATS_H_
#define EXCISE_CLI_CORPUS_FORMATS_H_

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "cli/python_package.h"
#include "core/error.h"
#include "experiment/corpus/corpus_results.h"
#include "io/output_folder.h"

namespace excise {

// --format, as it is typed.
void add_format_option(Command command, std::optional<std::string>& typed);
// "csv", "parquet" or both, by a comma. Error bad_input.
Result<TableFormats> parse_table_formats(std::string_view typed);

// What writes them. Found before the work, so that nobody waits for tables that
// cannot be written.
class TableWriter {
 public:
  // Errors: those of PythonPackage::find(), for Parquet.
  static Result<TableWriter> find(TableFormats formats);
  TableFormats formats() const { return formats_; }
  // Of a folder that write_corpus_results() has just filled with CSV: makes the
  // others of them and leaves what was asked for. Errors: those of
  // PythonPackage::run().
  Status finish(const OutputFolder& folder, const CorpusHeader& header) const;
  // Error bad_input where a finished folder lacks tables that are asked for.
  Status check_there(const std::filesystem::path& folder,
                     const CorpusHeader& header) const;

 private:
  TableFormats formats_;
  std::optional<PythonPackage> python_;
};

}  // namespace excise

#endif  // EXCISE_CLI_CORPUS_FORMATS_H_
