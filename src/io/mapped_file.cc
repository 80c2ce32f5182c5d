#include "io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace excise {
namespace {

tl::unexpected<Error> io_failure(const std::filesystem::path& path,
                                 int error_number) {
  return fail(ErrorCode::kIo, {.where = "io",
                               .subject = path.string(),
                               .expected = "a readable file",
                               .found = std::strerror(error_number)});
}

struct Descriptor {
  int fd;
  ~Descriptor() { close(fd); }
};

}  // namespace

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) return io_failure(path, errno);
  struct stat status = {};
  if (fstat(file.fd, &status) != 0) return io_failure(path, errno);
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kBadFile, {.where = "io",
                                      .subject = path.string(),
                                      .expected = "a regular file",
                                      .found = "something else"});
  }
  MappedFile mapped;
  mapped.path_ = path;
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return mapped;  // mmap refuses an empty range
  void* memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (memory == MAP_FAILED) return io_failure(path, errno);
  mapped.bytes_ = {static_cast<const std::byte*>(memory), size};
  return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)), bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (bytes_.empty()) return;
  // munmap only frees; nothing is written through the pointer.
  munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

namespace {

struct Pages {
  void* begin;
  size_t bytes;
};

uintptr_t page_size() {
  static const auto size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  return size;
}

// madvise takes a mutable pointer but changes no contents of a file mapping.
Pages pages_between(uintptr_t begin, uintptr_t end) {
  return {reinterpret_cast<void*>(begin), end > begin ? end - begin : 0};
}

}  // namespace

void prefetch_pages(std::span<const std::byte> bytes) {
  const uintptr_t page = page_size();
  const auto first = reinterpret_cast<uintptr_t>(bytes.data());
  const Pages pages = pages_between(first / page * page, first + bytes.size());
  if (pages.bytes > 0) madvise(pages.begin, pages.bytes, MADV_WILLNEED);
}

void drop_pages(std::span<const std::byte> bytes) {
  const uintptr_t page = page_size();
  const auto first = reinterpret_cast<uintptr_t>(bytes.data());
  const Pages pages = pages_between((first + page - 1) / page * page,
                                    (first + bytes.size()) / page * page);
  if (pages.bytes > 0) madvise(pages.begin, pages.bytes, MADV_DONTNEED);
}

}  // namespace excise
