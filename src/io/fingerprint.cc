#include "io/fingerprint.h"

#define XXH_INLINE_ALL
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <system_error>
#include <utility>

namespace excise {
namespace {

namespace fs = std::filesystem;

std::string hex_of(std::span<const unsigned char> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xFU];
  }
  return text;
}

XXH128_canonical_t hash_of(const void* data, size_t size) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(data, size));
  return canonical;
}

std::string hash_text(const std::string& text) {
  const XXH128_canonical_t hash = hash_of(text.data(), text.size());
  return hex_of(hash.digest);
}

bool is_hash(std::string_view text) {
  return text.size() == 2 * sizeof(XXH128_canonical_t) &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<fs::path> memory_folder() {
  const auto value = [](const char* name) -> std::optional<fs::path> {
    const char* text = std::getenv(name);
    if (text == nullptr || *text != '/') return std::nullopt;
    return fs::path(text);
  };
  if (const auto cache = value("XDG_CACHE_HOME"))
    return *cache / "excise/fingerprints";
  if (const auto home = value("HOME"))
    return *home / ".cache/excise/fingerprints";
  return std::nullopt;
}

}  // namespace

std::string Fingerprint::hex() const {
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4)
    text += "0123456789abcdef"[(hash_ >> static_cast<unsigned>(shift)) & 0xFU];
  return text;
}

void ContentFingerprint::add(std::span<const std::byte> bytes) {
  constexpr size_t kPiece = size_t{4} << 20;
  const size_t pieces = (bytes.size() + kPiece - 1) / kPiece;
  std::vector<XXH128_canonical_t> hashes(pieces);
#pragma omp parallel for schedule(dynamic) if (pieces > 1)
  for (size_t i = 0; i < pieces; ++i) {
    const auto piece =
        bytes.subspan(i * kPiece, std::min(kPiece, bytes.size() - i * kPiece));
    hashes[i] = hash_of(piece.data(), piece.size());
  }
  for (const XXH128_canonical_t& hash : hashes)
    parts_.append(reinterpret_cast<const char*>(hash.digest),
                  sizeof hash.digest);
}

void ContentFingerprint::add(std::string_view text) {
  parts_ += std::to_string(text.size()) + ":";
  parts_ += text;
}

std::string ContentFingerprint::hex() const { return hash_text(parts_); }

Status check_stated(std::string_view stated, std::string_view found,
                    std::string subject, std::string hint) {
  if (stated.empty() || stated == found) return {};
  return fail(ErrorCode::kBadInput,
              {.where = "run",
               .subject = std::move(subject),
               .expected = "the one of this experiment (fingerprint " +
                           std::string(stated) + ")",
               .found = found.empty() ? std::string("none")
                                      : "another (" + std::string(found) + ")",
               .hint = std::move(hint)});
}

std::optional<std::string> settled_stamp(std::span<const fs::path> files) {
  constexpr time_t kSettled = 2;  // seconds
  std::string stamp;
  for (const fs::path& file : files) {
    struct stat status = {};
    if (stat(file.c_str(), &status) != 0) return std::nullopt;
    const time_t latest =
        std::max(status.st_mtim.tv_sec, status.st_ctim.tv_sec);
    if (latest + kSettled > std::time(nullptr)) return std::nullopt;
    for (const auto number : {static_cast<int64_t>(status.st_dev),
                              static_cast<int64_t>(status.st_ino),
                              static_cast<int64_t>(status.st_size),
                              static_cast<int64_t>(status.st_mtim.tv_sec),
                              static_cast<int64_t>(status.st_mtim.tv_nsec),
                              static_cast<int64_t>(status.st_ctim.tv_sec),
                              static_cast<int64_t>(status.st_ctim.tv_nsec)})
      stamp += std::to_string(number) + " ";
  }
  return stamp;
}

std::optional<std::string> remembered_fingerprint(const std::string& stamp) {
  const auto folder = memory_folder();
  if (!folder) return std::nullopt;
  std::ifstream file(*folder / hash_text(stamp));
  std::string fingerprint;
  if (!(file >> fingerprint) || !is_hash(fingerprint)) return std::nullopt;
  return fingerprint;
}

void remember_fingerprint(const std::string& stamp,
                          const std::string& fingerprint) {
  const auto folder = memory_folder();
  if (!folder) return;
  std::error_code error;
  fs::create_directories(*folder, error);
  if (error) return;
  // Renamed when it is whole, as other runs may read it.
  const fs::path target = *folder / hash_text(stamp);
  const fs::path partial = target.string() + "." + std::to_string(getpid());
  std::ofstream file(partial);
  file << fingerprint << "\n";
  file.close();
  if (file) fs::rename(partial, target, error);
  if (!file || error) fs::remove(partial, error);
}

}  // namespace excise
