// A folder that appears whole or not at all.
#ifndef EXCISE_IO_OUTPUT_FOLDER_H_
#define EXCISE_IO_OUTPUT_FOLDER_H_

#include <filesystem>
#include <string_view>

#include "core/error.h"
#include "io/staging.h"

namespace excise {

// Files are written to a hidden folder beside `target`, which commit() renames
// to `target`. Without commit() the destructor removes everything; what a
// killed process left is removed by the next (io/staging.h).
class OutputFolder {
 public:
  // Errors: io when the parent cannot be written; bad_input when target exists
  // and is neither an empty folder nor (with replace) an earlier result folder,
  // i.e. one that holds `marker`.
  static Result<OutputFolder> create(const std::filesystem::path& target,
                                     bool replace,
                                     std::string_view marker = "results.json");
  OutputFolder(OutputFolder&&) noexcept = default;
  OutputFolder& operator=(OutputFolder&&) = delete;

  std::filesystem::path path(std::string_view name) const {
    return staging_.path() / name;
  }
  // Writes the file and checks that all of it reached the disk. Errors: io.
  Status write_text(std::string_view name, std::string_view content) const;
  // Syncs and renames. Errors: io; the target is then as it was before.
  Status commit();

 private:
  OutputFolder(std::filesystem::path target, Staging staging, bool replace);
  std::filesystem::path target_;
  Staging staging_;
  bool replace_;
};

}  // namespace excise

#endif  // EXCISE_IO_OUTPUT_FOLDER_H_
