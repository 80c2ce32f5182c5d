#include "io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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

uintptr_t page_size() {
  static const auto size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  return size;
}

// Calls advise for each piece, on all threads. A kernel that does not know the
// advice refuses it, and nothing is lost.
template <typename Advise>
void advise_in_pieces(std::span<const std::byte> bytes, Advise advise) {
  constexpr size_t kPiece = size_t{4} << 20;
  const size_t pieces = (bytes.size() + kPiece - 1) / kPiece;
#pragma omp parallel for schedule(static) if (pieces > 1)
  for (size_t i = 0; i < pieces; ++i) {
    const size_t first = i * kPiece;
    advise(bytes.subspan(first, std::min(kPiece, bytes.size() - first)));
  }
}

// madvise takes a mutable pointer but changes no contents of a file mapping.
void advise_partly(std::span<const std::byte> bytes, int advice) {
  if (bytes.empty()) return;
  const auto begin = reinterpret_cast<uintptr_t>(bytes.data());
  const uintptr_t first = begin / page_size() * page_size();
  madvise(reinterpret_cast<void*>(first), begin + bytes.size() - first, advice);
}

}  // namespace

void prefetch_pages(std::span<const std::byte> bytes) {
  advise_partly(bytes, MADV_WILLNEED);
}

void map_pages(std::span<const std::byte> bytes) {
  advise_in_pieces(bytes, [](std::span<const std::byte> piece) {
    advise_partly(piece, MADV_POPULATE_READ);
  });
}

void drop_pages(std::span<const std::byte> bytes) {
  const uintptr_t page = page_size();
  const auto begin = reinterpret_cast<uintptr_t>(bytes.data());
  const uintptr_t first = (begin + page - 1) / page * page;
  const uintptr_t end = (begin + bytes.size()) / page * page;
  if (first >= end) return;
  advise_in_pieces(bytes.subspan(first - begin, end - first),
                   [](std::span<const std::byte> piece) {
                     madvise(const_cast<std::byte*>(piece.data()), piece.size(),
                             MADV_DONTNEED);
                   });
}

}  // namespace excise
