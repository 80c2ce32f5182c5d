// A file mapped into memory, read-only.
#ifndef EXCISE_IO_MAPPED_FILE_H_
#define EXCISE_IO_MAPPED_FILE_H_

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "core/error.h"
#include "io/lost_pages.h"

namespace excise {

// A file that is shortened under the mapping ends nothing: bytes that it no
// longer has read as zero, and check_unchanged() says so.
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
  // Error io when the file was shortened or written to since it was opened, or
  // could not be read: what bytes() gave may be neither its old content nor the
  // new. Costs a system call.
  Status check_unchanged() const;

 private:
  MappedFile() = default;
  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
  int descriptor_ = -1;      // kept open to see whether the file changes
  struct stat opened_ = {};  // as it was then
  std::unique_ptr<LostPages> lost_;
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
