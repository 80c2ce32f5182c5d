// Hidden places beside a target, where it is made until it is whole.
#ifndef EXCISE_IO_STAGING_H_
#define EXCISE_IO_STAGING_H_

#include <filesystem>
#include <functional>
#include <string_view>
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
  // Runs `rename`, which gives 0 where the content has the target's name from
  // then on and else errno, unless this process is removing what it hides.
  int keep(const std::function<int()>& rename);
  // Its content has another name now, or there is none.
  void release();

  // Whether a file or folder of this name is such a hidden place.
  static bool is_hidden_name(std::string_view name);
  // Removes what this process hides and lets it make, keep and remove nothing
  // more: for a thread that ends it while others still work. Whether something
  // was kept before.
  static bool remove_all_for_exit();

 private:
  Staging() = default;
  std::filesystem::path path_;  // empty: nothing to remove
  int lock_ = -1;               // held until the end
};

}  // namespace excise

#endif  // EXCISE_IO_STAGING_H_
