// A file being written, whose errors are not lost.
#ifndef EXCISE_IO_OUTPUT_FILE_H_
#define EXCISE_IO_OUTPUT_FILE_H_

#include <cstddef>
#include <filesystem>
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

}  // namespace excise

#endif  // EXCISE_IO_OUTPUT_FILE_H_
