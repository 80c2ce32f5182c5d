#include "io/output_place.h"

#include <algorithm>
#include <system_error>

#include "io/utf8.h"

namespace excise {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> refuse(const fs::path& path, std::string expected,
                             std::string found, std::string hint) {
  return fail(ErrorCode::kBadInput, {.where = "output",
                                     .subject = path.string(),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .hint = std::move(hint)});
}

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto [end, rest] =
      std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

// Files in memory are files.
bool belongs_to_the_system(const fs::path& path) {
  return (is_below(path, "/dev") && !is_below(path, "/dev/shm")) ||
         is_below(path, "/proc");
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

// Without a slash at its end; its folder without links.
fs::path from_the_root(const fs::path& path) {
  std::error_code error;
  fs::path whole = fs::absolute(path, error);
  while (!whole.has_filename() && whole.has_relative_path())
    whole = whole.parent_path();
  if (whole.filename() == "." || whole.filename() == "..")
    return fs::weakly_canonical(whole, error);
  const fs::path folder = fs::weakly_canonical(whole.parent_path(), error);
  return error ? whole.lexically_normal() : folder / whole.filename();
}

}  // namespace

Result<fs::path> output_place(const fs::path& path) {
  constexpr int kMostLinks = 40;
  constexpr const char* kExpected = "a file or folder that can be written";
  constexpr const char* kHint = "give another one with --out";
  std::error_code error;
  fs::path place = from_the_root(path);
  for (int links = 0;; ++links) {
    if (belongs_to_the_system(place.lexically_normal()))
      return refuse(path, kExpected, "a device or a stream", kHint);
    if (!fs::is_symlink(place, error)) break;
    if (links == kMostLinks)
      return refuse(path, kExpected, "links in a circle", kHint);
    const fs::path target = fs::read_symlink(place, error);
    place = from_the_root(target.is_absolute() ? target
                                               : place.parent_path() / target);
  }
  const fs::file_status status = fs::status(place, error);
  if (!fs::exists(status) || fs::is_regular_file(status) ||
      fs::is_directory(status)) {
    return place;
  }
  return refuse(path, kExpected, "a device, a FIFO or a socket", kHint);
}

Status check_not_input(const fs::path& place,
                       std::span<const fs::path> inputs) {
  std::error_code error;
  if (!fs::exists(place, error)) return {};
  const bool is_folder = fs::is_directory(place, error);
  for (const fs::path& given : inputs) {
    const fs::path input = fs::canonical(given, error);
    if (error) continue;  // its reader says why
    const bool destroyed = is_folder ? is_below(input, place)
                                     : fs::equivalent(place, input, error) ||
                                           (fs::is_directory(input, error) &&
                                            place.parent_path() == input);
    if (!destroyed) continue;
    return refuse(place, "a place that this run does not read from",
                  given == place ? "one of its inputs" : given.string(),
                  "give another one with --out");
  }
  return {};
}

fs::path place_beside(const fs::path& place) {
  std::error_code error;
  const std::string stem = place.stem().string();
  const std::string extension = place.extension().string();
  for (size_t number = 2;; ++number) {
    fs::path beside =
        place.parent_path() / (stem + "-" + std::to_string(number) + extension);
    if (!fs::exists(fs::symlink_status(beside, error))) return beside;
  }
}

std::string file_name(std::string_view text) {
  constexpr size_t kLongest = 100;
  std::string name;
  while (!text.empty()) {
    const Utf8Character character = first_character(text);
    const std::string_view bytes =
        text.substr(0, character.whole() ? character.length : 1);
    text.remove_prefix(bytes.size());
    if (name.size() + bytes.size() > kLongest) break;
    const bool plain = character.whole() && bytes != "/" && bytes != "\\" &&
                       !is_control(code_point(bytes));
    name += plain ? bytes : "-";
  }
  const size_t dots = std::min(name.find_first_not_of('.'), name.size());
  name.replace(0, dots, dots, '-');
  return name.empty() ? "unnamed" : name;
}

}  // namespace excise
