#include "io/output_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "io/output_place.h"
#include "io/staging.h"

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

Status write_whole_file(
    const std::filesystem::path& path,
    const std::function<Status(const std::filesystem::path&)>& write,
    bool replace) {
  std::filesystem::path place = EXCISE_TRY(output_place(path));
  auto staging = Staging::create(place, Staging::Kind::kFile);
  if (!staging) return write_failure(place, staging.error().value());
  EXCISE_CHECK(write(staging->path()));
  const auto rename_to = [&](unsigned flags) {
    return staging->keep([&] {
      return renameat2(AT_FDCWD, staging->path().c_str(), AT_FDCWD,
                       place.c_str(), flags) == 0
                 ? 0
                 : errno;
    });
  };
  const Status free = check_replaceable(place, replace);
  int failure = free ? rename_to(replace ? 0 : RENAME_NOREPLACE) : EEXIST;
  // Not on every file system.
  if (failure == EINVAL && !replace) failure = rename_to(0);
  if (failure == 0) {
    staging->release();
    return {};
  }
  if (failure != EEXIST) return write_failure(place, failure);
  const std::string taken = place.string();
  constexpr int kTries = 100;
  for (int i = 0; i < kTries && failure == EEXIST; ++i) {
    place = place_beside(taken);
    failure = rename_to(RENAME_NOREPLACE);
  }
  if (failure != 0) return write_failure(place, failure);
  staging->release();
  return fail(ErrorCode::kBadInput,
              {.where = "output",
               .subject = taken,
               .expected = "a place that stays free",
               .found = "something that came there meanwhile",
               .hint = "what was computed is in " + place.string()});
}

Status write_whole_file(const std::filesystem::path& path,
                        std::string_view content, bool replace) {
  return write_whole_file(
      path,
      [&](const std::filesystem::path& hidden) -> Status {
        OutputFile file = EXCISE_TRY(OutputFile::open(hidden));
        EXCISE_CHECK(file.write(content));
        return file.close();
      },
      replace);
}

Status check_replaceable(const std::filesystem::path& path, bool replace) {
  const std::filesystem::path place = EXCISE_TRY(output_place(path));
  std::error_code error;
  const bool there = std::filesystem::exists(place, error);
  const bool is_file = std::filesystem::is_regular_file(place, error);
  if (!there || (is_file && replace)) return {};
  return fail(ErrorCode::kBadInput,
              {.where = "output",
               .subject = path.string(),
               .expected = "a file that is not there yet",
               .found = is_file ? "an earlier one" : "a folder",
               .hint = is_file ? "--force replaces it" : "give another name"});
}

Status make_folders(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error && std::filesystem::is_directory(path)) return {};
  return fail(ErrorCode::kIo, {.where = "output",
                               .subject = path.string(),
                               .expected = "a folder that can be written",
                               .found = error ? error.message() : "a file"});
}

}  // namespace excise
