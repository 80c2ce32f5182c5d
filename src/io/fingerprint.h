// Short names for content, which tell versions apart; no protection against
// intent.
#ifndef EXCISE_IO_FINGERPRINT_H_
#define EXCISE_IO_FINGERPRINT_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace excise {

// Of texts: FNV-1a, 64 bits. http://www.isthe.com/chongo/tech/comp/fnv/
class Fingerprint {
 public:
  void add(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) {
      hash_ = (hash_ ^ static_cast<uint64_t>(byte)) * 0x100000001B3U;
    }
  }
  void add(std::string_view text) {
    add(std::as_bytes(std::span(text.data(), text.size())));
  }
  std::string hex() const;  // 16 digits

 private:
  uint64_t hash_ = 0xCBF29CE484222325U;
};

// Of the content of large files: XXH3, 128 bits. https://xxhash.com
class ContentFingerprint {
 public:
  // Hashed on all threads; the same however many there are.
  void add(std::span<const std::byte> bytes);
  // With its length, so that two texts differ from their concatenation.
  void add(std::string_view text);
  std::string hex() const;  // 32 digits

 private:
  std::string parts_;  // hashes and texts, hashed at the end
};

// Refuses to repeat an experiment with another content than the one that its
// file states. stated, found: fingerprints; nothing is stated where any will
// do, nothing is found where there is no such content. subject: "model gpt2".
// Error: bad_input.
Status check_stated(std::string_view stated, std::string_view found,
                    std::string subject, std::string hint);

// What tells whether files are still what they were: device, inode, size, and
// the times of the last change of content and of inode, for each. Nothing where
// one is not there, or was changed within the last two seconds, in which a
// further change might leave the same times.
std::optional<std::string> settled_stamp(
    std::span<const std::filesystem::path> files);

// Fingerprints of files with such a stamp, kept from run to run in
// $XDG_CACHE_HOME/excise/fingerprints (~/.cache/...). Where nothing can be
// written, nothing is remembered.
std::optional<std::string> remembered_fingerprint(const std::string& stamp);
void remember_fingerprint(const std::string& stamp,
                          const std::string& fingerprint);

}  // namespace excise

#endif  // EXCISE_IO_FINGERPRINT_H_
