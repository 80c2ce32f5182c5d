// A file being written, whose errors are not lost.
#ifndef EXCISE_IO_OUTPUT_FILE_H_
#define EXCISE_IO_OUTPUT_FILE_H_

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

#include "core/error.h"

namespace excise {

// Created or truncated by open(); what close() has not confirmed may be
// incomplete.
class OutputFile {
 public:
  static Result<OutputFile> open(const std::filesystem::path& path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  // Errors: io, e.g. a full disk.
  Status write(std::span<const std::byte> bytes);
  Status write(std::string_view text);
  // Forces the content to the disk.
  Status close();

 private:
  OutputFile(int fd, std::filesystem::path path);
  int fd_;
  std::filesystem::path path_;
};

// Writes under a hidden name beside the place of `path` (io/output_place.h) and
// renames, so that a file of this name is whole. `write` gets the hidden name
// of an empty file to fill. Without `replace` a file that came there meanwhile
// stays, and this one gets a name beside it, which the error (bad_input)
// states. Errors: io; those of output_place() and `write`.
Status write_whole_file(
    const std::filesystem::path& path,
    const std::function<Status(const std::filesystem::path&)>& write,
    bool replace = true);
Status write_whole_file(const std::filesystem::path& path,
                        std::string_view content, bool replace = true);
// Errors: bad_input where something is at `path` already, unless it is a file
// and `replace` was asked for.
Status check_replaceable(const std::filesystem::path& path, bool replace);
// The folder and those around it, where they are not there yet. Errors: io.
Status make_folders(const std::filesystem::path& path);

}  // namespace excise

#endif  // EXCISE_IO_OUTPUT_FILE_H_
