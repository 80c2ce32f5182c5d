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

bool same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  MappedFile mapped;
  mapped.path_ = path;
  mapped.descriptor_ = ::open(
      path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);  // no wait at a FIFO
  if (mapped.descriptor_ < 0) return io_failure(path, errno);
  struct stat& status = mapped.opened_;
  if (fstat(mapped.descriptor_, &status) != 0) return io_failure(path, errno);
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kBadFile, {.where = "io",
                                      .subject = path.string(),
                                      .expected = "a regular file",
                                      .found = "something else"});
  }
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return mapped;  // mmap refuses an empty range
  void* memory =
      mmap(nullptr, size, PROT_READ, MAP_PRIVATE, mapped.descriptor_, 0);
  if (memory == MAP_FAILED) return io_failure(path, errno);
  mapped.bytes_ = {static_cast<const std::byte*>(memory), size};
  mapped.lost_ = std::make_unique<LostPages>(mapped.bytes_);
  return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      bytes_(std::exchange(other.bytes_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)),
      opened_(other.opened_),
      lost_(std::move(other.lost_)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(bytes_, other.bytes_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(opened_, other.opened_);
  std::swap(lost_, other.lost_);
  return *this;
}

MappedFile::~MappedFile() {
  lost_.reset();
  // munmap only frees; nothing is written through the pointer.
  if (!bytes_.empty())
    munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  if (descriptor_ >= 0) close(descriptor_);
}

Status MappedFile::check_unchanged() const {
  LostPages::watch();
  struct stat now = {};
  const bool changed = fstat(descriptor_, &now) != 0 ||
                       now.st_size != opened_.st_size ||
                       !same_time(now.st_mtim, opened_.st_mtim);
  if (!changed && !(lost_ && lost_->any())) return {};
  return fail(
      ErrorCode::kIo,
      {.where = "io",
       .subject = path_.string() +
                  (changed ? ": the file changed while it was read"
                           : ": a part of the file could not be read"),
       .hint = changed ? "start again when nothing writes to it any more"
                       : "check the disk, and whether the file is whole"});
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
