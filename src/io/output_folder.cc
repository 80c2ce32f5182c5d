#include "io/output_folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/output_file.h"
#include "io/output_place.h"
#include "io/own_files.h"

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

// Up to three of them in words.
std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < 3; ++i)
    text += (i > 0 ? ", " : "") + names[i];
  if (names.size() > 3)
    text += " and " + std::to_string(names.size() - 3) + " more";
  return text;
}

// Whether output may take this place.
Status check_target(const fs::path& target, bool replace,
                    std::string_view force) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(target, error))) return {};
  const bool is_folder = fs::is_directory(target, error);
  if (is_folder && fs::is_empty(target, error)) return {};
  const auto foreign = is_folder ? foreign_files(target) : std::nullopt;
  if (foreign && foreign->empty() && replace) return {};
  ErrorText text{.where = "output",
                 .subject = target.string(),
                 .expected = "a folder that is not there yet",
                 .found = "something that is no result folder",
                 .hint = "give another one with --out"};
  if (foreign && !replace) {
    text.found = "an earlier result";
    if (!force.empty())
      text.hint = std::string(force) + " replaces it, or " + text.hint;
  } else if (foreign) {
    text.expected = "nothing but an earlier result, which " +
                    std::string(force) + " replaces";
    text.found = "also " + listed(*foreign);
    text.hint = "move it away, or " + text.hint;
  }
  return fail(ErrorCode::kBadInput, text);
}

}  // namespace

Result<OutputFolder> OutputFolder::create(const fs::path& target, bool replace,
                                          std::string_view force) {
  fs::path whole = EXCISE_TRY(output_place(target));
  EXCISE_CHECK(check_target(whole, replace, force));
  std::error_code error;
  fs::create_directories(whole.parent_path(), error);
  if (error) return folder_failure(whole, error.message());
  auto staging = Staging::create(whole, Staging::Kind::kFolder);
  if (!staging) return folder_failure(whole, staging.error().message());
  return OutputFolder(std::move(whole), std::move(*staging), replace, force);
}

OutputFolder::OutputFolder(fs::path target, Staging staging, bool replace,
                           std::string_view force)
    : target_(std::move(target)),
      staging_(std::move(staging)),
      replace_(replace),
      force_(force) {}

Status OutputFolder::write_text(std::string_view name,
                                std::string_view content) const {
  OutputFile file = EXCISE_TRY(OutputFile::open(path(name)));
  EXCISE_CHECK(file.write(content));
  return file.close();
}

// Both names change in one step. What was there is looked at once more under
// the hidden name, where nobody puts anything, and only then removed.
Status OutputFolder::replace_earlier() {
  const fs::path& hidden = staging_.path();
  const auto exchange = [&] {
    return renameat2(AT_FDCWD, hidden.c_str(), AT_FDCWD, target_.c_str(),
                     RENAME_EXCHANGE) == 0
               ? 0
               : errno;
  };
  if (const int failure = staging_.keep(exchange); failure != 0)
    return folder_failure(target_, std::strerror(failure));
  if (const Status still = check_target(hidden, true, force_); !still) {
    exchange();
    return keep_beside(still.error());
  }
  remove_own_files(hidden);
  return {};
}

Status OutputFolder::keep_beside(const Error& reason) {
  constexpr int kTries = 100;
  fs::path beside;
  const auto rename_beside = [&] {
    return renameat2(AT_FDCWD, staging_.path().c_str(), AT_FDCWD,
                     beside.c_str(), RENAME_NOREPLACE) == 0
               ? 0
               : errno;
  };
  int failure = EEXIST;
  for (int i = 0; i < kTries && failure == EEXIST; ++i) {
    beside = place_beside(target_);
    failure = staging_.keep(rename_beside);
  }
  if (failure != 0) return folder_failure(beside, std::strerror(failure));
  staging_.release();
  return tl::unexpected<Error>(
      {reason.code,
       reason.message + "; what was computed is in " + beside.string()});
}

Status OutputFolder::commit() {
  std::error_code error;
  if (const Status free = check_target(target_, replace_, force_); !free)
    return keep_beside(free.error());
  if (fs::exists(target_, error) && !fs::is_empty(target_, error))
    return replace_earlier();
  // Replaces an empty folder, fails on any other.
  const int failure = staging_.keep([&] {
    return ::rename(staging_.path().c_str(), target_.c_str()) == 0 ? 0 : errno;
  });
  if (failure == ENOTEMPTY || failure == EEXIST) {
    const Status taken = check_target(target_, false, force_);
    return keep_beside(
        taken ? folder_failure(target_, std::strerror(failure)).value()
              : taken.error());
  }
  if (failure != 0) return folder_failure(target_, std::strerror(failure));
  staging_.release();
  return {};
}

}  // namespace excise
