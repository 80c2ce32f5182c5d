// A folder that appears whole or not at all.
#ifndef EXCISE_IO_OUTPUT_FOLDER_H_
#define EXCISE_IO_OUTPUT_FOLDER_H_

#include <filesystem>
#include <string>
#include <string_view>

#include "core/error.h"
#include "io/staging.h"

namespace excise {

// Files are written to a hidden folder beside `target`, which commit() renames
// to `target`. Without commit() the destructor removes everything; what a
// killed process left is removed by the next (io/staging.h).
class OutputFolder {
 public:
  // Links are followed. Errors: io when the parent cannot be written; bad_input
  // where output_place() refuses, or when target exists and is neither an empty
  // folder nor (with replace) an earlier output with nothing else in it
  // (io/own_files.h).
  // force: what a person writes to have an earlier output replaced, for
  // messages; empty where nothing is.
  static Result<OutputFolder> create(const std::filesystem::path& target,
                                     bool replace,
                                     std::string_view force = "--force");
  OutputFolder(OutputFolder&&) noexcept = default;
  OutputFolder& operator=(OutputFolder&&) = delete;

  std::filesystem::path path(std::string_view name) const {
    return staging_.path() / name;
  }
  // Writes the file and checks that all of it reached the disk. Errors: io.
  Status write_text(std::string_view name, std::string_view content) const;
  // Renames, after looking again at what is there. Where that must stay now, as
  // another run's result or a person's files, this output gets a name beside it
  // instead, which the error states. Errors: bad_input then, io; the target is
  // as it was before.
  Status commit();

 private:
  OutputFolder(std::filesystem::path target, Staging staging, bool replace,
               std::string_view force);
  Status replace_earlier();
  Status keep_beside(const Error& reason);
  std::filesystem::path target_;
  Staging staging_;
  bool replace_;
  std::string force_;
};

}  // namespace excise

#endif  // EXCISE_IO_OUTPUT_FOLDER_H_
