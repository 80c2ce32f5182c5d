#include "io/output_folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
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

}  // namespace

Result<OutputFolder> OutputFolder::create(const fs::path& target, bool replace,
                                          std::string_view marker) {
  std::error_code error;
  fs::path whole = fs::absolute(target, error).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();
  if (fs::exists(whole, error)) {
    const bool is_folder = fs::is_directory(whole, error);
    const bool empty = is_folder && fs::is_empty(whole, error);
    const bool earlier = is_folder && fs::exists(whole / marker, error);
    if (!empty && !(earlier && replace)) {
      return fail(ErrorCode::kBadInput,
                  {.where = "output",
                   .subject = whole.string(),
                   .expected = "a folder that is not there yet",
                   .found = earlier ? "an earlier result"
                                    : "something that is no result folder",
                   .hint = earlier ? "--force replaces it, --out takes another"
                                   : "give another one with --out"});
    }
  }
  fs::create_directories(whole.parent_path(), error);
  if (error) return folder_failure(whole, error.message());
  auto staging = Staging::create(whole, Staging::Kind::kFolder);
  if (!staging) return folder_failure(whole, staging.error().message());
  return OutputFolder(std::move(whole), std::move(*staging), replace);
}

OutputFolder::OutputFolder(fs::path target, Staging staging, bool replace)
    : target_(std::move(target)),
      staging_(std::move(staging)),
      replace_(replace) {}

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
    if (renameat2(AT_FDCWD, staging_.path().c_str(), AT_FDCWD, target_.c_str(),
                  RENAME_EXCHANGE) != 0) {
      return folder_failure(target_, std::strerror(errno));
    }
    return {};
  }
  // Replaces an empty folder, fails on any other.
  if (::rename(staging_.path().c_str(), target_.c_str()) != 0) {
    return folder_failure(target_, std::strerror(errno));
  }
  staging_.release();
  return {};
}

}  // namespace excise
