// A file mapped into memory, read-only.
#ifndef EXCISE_IO_MAPPED_FILE_H_
#define EXCISE_IO_MAPPED_FILE_H_

#include <cstddef>
#include <filesystem>
#include <span>

#include "core/error.h"

namespace excise {

class MappedFile {
 public:
  // Errors: io when the file cannot be opened or mapped, bad_file when it is
  // not a regular file.
  static Result<MappedFile> open(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  MappedFile() = default;
  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
};

// Hints about pages that lie wholly (drop) or partly (the others) inside
// `bytes` of a mapped file: read them ahead in the background; map them now, in
// one go on all threads rather than fault by fault; let the kernel take them
// back. None changes what is read.
void prefetch_pages(std::span<const std::byte> bytes);
void map_pages(std::span<const std::byte> bytes);
void drop_pages(std::span<const std::byte> bytes);

}  // namespace excise

#endif  // EXCISE_IO_MAPPED_FILE_H_
