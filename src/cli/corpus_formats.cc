#include "cli/corpus_formats.h"

#include <system_error>
#include <utility>

namespace excise {

namespace fs = std::filesystem;

void add_format_option(Command command, std::optional<std::string>& typed) {
  command
      .add_option("--format", typed,
                  "tables as csv, parquet (written by excise's Python package, "
                  "with pyarrow) or csv,parquet")
      .type("NAMES")
      .show_default("csv");
}

Result<TableFormats> parse_table_formats(std::string_view typed) {
  if (typed == "csv") return TableFormats{.csv = true, .parquet = false};
  if (typed == "parquet") return TableFormats{.csv = false, .parquet = true};
  if (typed == "csv,parquet" || typed == "parquet,csv")
    return TableFormats{.csv = true, .parquet = true};
  return fail(ErrorCode::kBadInput, {.where = "corpus",
                                     .subject = "--format",
                                     .expected = "csv, parquet or csv,parquet",
                                     .found = std::string(typed)});
}

Result<TableWriter> TableWriter::find(TableFormats formats) {
  TableWriter writer;
  writer.formats_ = formats;
  if (formats.parquet)
    writer.python_ = EXCISE_TRY(PythonPackage::find({PythonNeed::kParquet}));
  return writer;
}

Status TableWriter::finish(const OutputFolder& folder,
                           const CorpusHeader& header) const {
  if (!python_) return {};
  EXCISE_TRY(python_->run("parquet", {folder.path("").string()}));
  std::error_code ignored;
  for (const std::string& table : corpus_tables(header)) {
    if (!formats_.csv) fs::remove(folder.path(table + ".csv"), ignored);
  }
  return {};
}

Status TableWriter::check_there(const fs::path& folder,
                                const CorpusHeader& header) const {
  std::error_code ignored;
  for (const std::string& table : corpus_tables(header)) {
    for (const auto& [asked, ending] :
         {std::pair{formats_.csv, ".csv"}, {formats_.parquet, ".parquet"}}) {
      const std::string file = table + ending;
      if (!asked || fs::exists(folder / file, ignored)) continue;
      return fail(ErrorCode::kBadInput,
                  {.where = "corpus",
                   .subject = folder.string(),
                   .expected = "a finished run with " + file,
                   .found = "one without",
                   .hint = "--force without --resume measures it anew"});
    }
  }
  return {};
}

}  // namespace excise
