// A short name for content: FNV-1a, 64 bits. Tells versions apart; no
// protection against intent. http://www.isthe.com/chongo/tech/comp/fnv/
#ifndef EXCISE_IO_FINGERPRINT_H_
#define EXCISE_IO_FINGERPRINT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace excise {

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

}  // namespace excise

#endif  // EXCISE_IO_FINGERPRINT_H_
