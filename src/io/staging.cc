#include "io/staging.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace excise {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".partial-excise-";
constexpr size_t kMostDigits = 10;  // of 32 bits

bool has_mark(std::string_view name) {
  const size_t mark = name.rfind(kMark);
  if (name.front() != '.' || mark == std::string_view::npos || mark < 2)
    return false;
  const std::string_view number = name.substr(mark + kMark.size());
  return !number.empty() && number.size() <= kMostDigits &&
         std::all_of(number.begin(), number.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

enum class Lock { kTaken, kHeldElsewhere, kNotPossible };

Lock take_lock(int descriptor) {
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return Lock::kTaken;
  return errno == EWOULDBLOCK ? Lock::kHeldElsewhere : Lock::kNotPossible;
}

// Whether `path` is still what was opened, and no link to it.
bool still_there(const fs::path& path, int descriptor) {
  struct stat opened = {}, now = {};
  return fstat(descriptor, &opened) == 0 && lstat(path.c_str(), &now) == 0 &&
         (S_ISREG(now.st_mode) || S_ISDIR(now.st_mode)) &&
         opened.st_dev == now.st_dev && opened.st_ino == now.st_ino;
}

// A maker holds the lock from the start to the end, and renames only while it
// does: with the lock in hand and the name unchanged, nobody lives here.
void remove_if_dead(const fs::path& path) {
  const int descriptor =
      ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return;
  if (take_lock(descriptor) == Lock::kTaken && still_there(path, descriptor)) {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  ::close(descriptor);
}

void remove_the_dead(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    if (has_mark(path.filename().native())) remove_if_dead(path);
  }
}

// What this process hides.
struct Hidden {
  std::mutex mutex;
  std::set<fs::path> places;
  bool any_kept = false;
};

Hidden& hidden() {
  static auto* const kHidden = new Hidden;  // threads may outlive statics
  return *kHidden;
}

void forget(const fs::path& path) {
  const std::lock_guard lock(hidden().mutex);
  hidden().places.erase(path);
}

// The descriptor of what was made at `path`, or -1 and errno.
int make(const fs::path& path, Staging::Kind kind) {
  constexpr mode_t kFileMode = 0666, kFolderMode = 0777;  // less the umask
  if (kind == Staging::Kind::kFile) {
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                  kFileMode);
  }
  if (mkdir(path.c_str(), kFolderMode) != 0) return -1;
  const int descriptor =
      ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) errno = EEXIST;  // taken: try again
  return descriptor;
}

}  // namespace

tl::expected<Staging, std::error_code> Staging::create(const fs::path& target,
                                                       Kind kind) {
  const fs::path folder =
      target.has_parent_path() ? target.parent_path() : fs::path(".");
  remove_the_dead(folder);
  // Another process that cleans up may take what was made and not yet locked:
  // then it removes it, and this one makes another.
  constexpr int kTries = 1000;
  int reason = EBUSY;
  for (int i = 0; i < kTries; ++i) {
    // Nobody removes all between the making and the noting.
    const std::lock_guard lock(hidden().mutex);
    Staging staging;
    const fs::path path =
        folder / ("." + target.filename().string() + std::string(kMark) +
                  std::to_string(std::random_device()()));
    staging.lock_ = make(path, kind);
    if (staging.lock_ < 0) {
      reason = errno;
      if (reason == EEXIST) continue;
      break;
    }
    if (take_lock(staging.lock_) == Lock::kHeldElsewhere ||
        !still_there(path, staging.lock_)) {
      continue;
    }
    staging.path_ = path;
    hidden().places.insert(path);
    return staging;
  }
  return tl::unexpected<std::error_code>(
      std::error_code(reason, std::generic_category()));
}

Staging::Staging(Staging&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      lock_(std::exchange(other.lock_, -1)) {}

bool Staging::is_hidden_name(std::string_view name) { return has_mark(name); }

int Staging::keep(const std::function<int()>& rename) {
  const std::lock_guard lock(hidden().mutex);
  const int failure = rename();
  if (failure == 0) hidden().any_kept = true;
  return failure;
}

void Staging::release() {
  forget(path_);
  path_.clear();
}

bool Staging::remove_all_for_exit() {
  hidden().mutex.lock();  // for ever
  for (const fs::path& path : hidden().places) {
    // Again where a file was written into it meanwhile.
    std::error_code error;
    for (int i = 0; i < 5; ++i) {
      fs::remove_all(path, error);
      if (!error) break;
    }
  }
  return hidden().any_kept;
}

Staging::~Staging() {
  if (!path_.empty()) {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    forget(path_);
  }
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace excise
