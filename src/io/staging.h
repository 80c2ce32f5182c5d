// Hidden places beside a target, where it is made until it is whole.
#ifndef EXCISE_IO_STAGING_H_
#define EXCISE_IO_STAGING_H_

#include <filesystem>
#include <system_error>
#include <tl/expected.hpp>

namespace excise {

// `.NAME.partial-excise-NUMBER` beside the target NAME, so that renaming stays
// on one file system. It is removed with this unless it was renamed. What a
// process that was killed left behind is removed by the next one that makes
// something in the same folder: a lock (flock) on each tells the living from
// the dead. On a file system without such locks nothing is removed.
class Staging {
 public:
  enum class Kind { kFile, kFolder };
  // Empty, in a folder that is there.
  static tl::expected<Staging, std::error_code> create(
      const std::filesystem::path& target, Kind kind);
  Staging(Staging&& other) noexcept;
  Staging& operator=(Staging&&) = delete;
  ~Staging();

  const std::filesystem::path& path() const { return path_; }
  // Its content has another name now, or there is none.
  void release() { path_.clear(); }

 private:
  Staging() = default;
  std::filesystem::path path_;  // empty: nothing to remove
  int lock_ = -1;               // held until the end
};

}  // namespace excise

#endif  // EXCISE_IO_STAGING_H_
