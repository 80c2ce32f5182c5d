#include "io/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace excise {
namespace {

tl::unexpected<Error> write_failure(const std::filesystem::path& path,
                                    int error_number) {
  return fail(ErrorCode::kIo,
              {.where = "io",
               .subject = path.filename().string(),
               .expected = "to write it to " + path.parent_path().string(),
               .found = std::strerror(error_number),
               .hint = "check the disk space and the permissions"});
}

}  // namespace

Result<OutputFile> OutputFile::open(const std::filesystem::path& path) {
  constexpr mode_t kMode = 0666;  // less what umask takes away
  const int fd =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
  if (fd < 0) return write_failure(path, errno);
  return OutputFile(fd, path);
}

OutputFile::OutputFile(int fd, std::filesystem::path path)
    : fd_(fd), path_(std::move(path)) {}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
}

Status OutputFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return write_failure(path_, errno);
    }
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return {};
}

Status OutputFile::write(std::string_view text) {
  return write(std::as_bytes(std::span(text.data(), text.size())));
}

Status OutputFile::close() {
  const int fd = std::exchange(fd_, -1);
  // Some file systems report a full disk only here.
  const bool synced = fsync(fd) == 0 || errno == EINVAL || errno == EROFS;
  const int sync_error = errno;
  if (::close(fd) != 0) return write_failure(path_, errno);
  if (!synced) return write_failure(path_, sync_error);
  return {};
}

}  // namespace excise
