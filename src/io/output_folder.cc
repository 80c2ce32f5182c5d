#include "io/output_folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <string>
#include <utility>

#include "io/output_file.h"

namespace excise {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> folder_failure(const fs::path& folder,
                                     const std::string& reason) {
  return fail(ErrorCode::kIo, {.where = "output",
                               .subject = folder.string(),
                               .expected = "a folder that can be written",
                               .found = reason,
                               .hint = "give another one with --out"});
}

// A hidden name beside the target, so that renaming stays on one file system.
fs::path staging_path(const fs::path& target) {
  return target.parent_path() /
         ("." + target.filename().string() + ".partial-" +
          std::to_string(std::random_device()()));
}

}  // namespace

Result<OutputFolder> OutputFolder::create(const fs::path& target, bool replace,
                                          std::string_view marker) {
  OutputFolder folder;
  std::error_code error;
  folder.target_ = fs::absolute(target, error).lexically_normal();
  if (!folder.target_.has_filename()) {
    folder.target_ = folder.target_.parent_path();
  }
  folder.replace_ = replace;
  if (fs::exists(folder.target_, error)) {
    const bool is_folder = fs::is_directory(folder.target_, error);
    const bool empty = is_folder && fs::is_empty(folder.target_, error);
    const bool earlier =
        is_folder && fs::exists(folder.target_ / marker, error);
    if (!empty && !(earlier && replace)) {
      return fail(ErrorCode::kBadInput,
                  {.where = "output",
                   .subject = folder.target_.string(),
                   .expected = "a folder that is not there yet",
                   .found = earlier ? "an earlier result"
                                    : "something that is no result folder",
                   .hint = earlier ? "--force replaces it, --out takes another"
                                   : "give another one with --out"});
    }
  }
  fs::create_directories(folder.target_.parent_path(), error);
  if (error) return folder_failure(folder.target_, error.message());
  const fs::path staging = staging_path(folder.target_);
  if (!fs::create_directory(staging, error)) {
    return folder_failure(folder.target_, error.message());
  }
  folder.staging_ = staging;
  return folder;
}

OutputFolder::OutputFolder(OutputFolder&& other) noexcept
    : target_(std::move(other.target_)),
      staging_(std::exchange(other.staging_, {})),
      replace_(other.replace_) {}

OutputFolder::~OutputFolder() {
  if (staging_.empty()) return;
  std::error_code ignored;
  fs::remove_all(staging_, ignored);
}

Status OutputFolder::write_text(std::string_view name,
                                std::string_view content) const {
  OutputFile file = EXCISE_TRY(OutputFile::open(path(name)));
  EXCISE_CHECK(file.write(content));
  return file.close();
}

Status OutputFolder::commit() {
  std::error_code error;
  if (replace_ && fs::exists(target_, error)) {
    // Both names change in one step; the earlier result is then removed as
    // the staging folder.
    if (renameat2(AT_FDCWD, staging_.c_str(), AT_FDCWD, target_.c_str(),
                  RENAME_EXCHANGE) != 0) {
      return folder_failure(target_, std::strerror(errno));
    }
    return {};
  }
  // Replaces an empty folder, fails on any other.
  if (::rename(staging_.c_str(), target_.c_str()) != 0) {
    return folder_failure(target_, std::strerror(errno));
  }
  staging_.clear();
  return {};
}

}  // namespace excise
