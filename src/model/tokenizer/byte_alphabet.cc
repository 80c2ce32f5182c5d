#include "model/tokenizer/byte_alphabet.h"

#include <array>

namespace excise {
namespace {

constexpr bool stands_for_itself(unsigned byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) ||
         byte >= 0xAE;
}

constexpr unsigned kCodePoints = 0x200;
constexpr uint16_t kNoByte = 0xFFFF;

struct Alphabet {
  std::array<uint16_t, 256> code_point;    // of each byte
  std::array<uint16_t, kCodePoints> byte;  // of each code point, or kNoByte
};

constexpr Alphabet make_alphabet() {
  Alphabet alphabet = {};
  alphabet.byte.fill(kNoByte);
  uint16_t next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const uint16_t code_point =
        stands_for_itself(byte) ? static_cast<uint16_t>(byte) : next++;
    alphabet.code_point[byte] = code_point;
    alphabet.byte[code_point] = static_cast<uint16_t>(byte);
  }
  return alphabet;
}

constexpr Alphabet kAlphabet = make_alphabet();

}  // namespace

std::string byte_character(uint8_t byte) {
  const unsigned code_point = kAlphabet.code_point[byte];
  if (code_point < 0x80) return {static_cast<char>(code_point)};
  return {static_cast<char>(0xC0U | (code_point >> 6)),
          static_cast<char>(0x80U | (code_point & 0x3FU))};
}

std::optional<std::string> alphabet_to_bytes(std::string_view entry) {
  std::string bytes;
  bytes.reserve(entry.size());
  for (size_t i = 0; i < entry.size(); ++i) {
    unsigned code_point = static_cast<uint8_t>(entry[i]);
    // The alphabet ends below U+0200, so two bytes are enough.
    if (code_point >= 0x80) {
      if ((code_point & 0xE0U) != 0xC0U || i + 1 == entry.size()) {
        return std::nullopt;
      }
      ++i;
      code_point =
          (code_point & 0x1FU) << 6 | (static_cast<uint8_t>(entry[i]) & 0x3FU);
    }
    if (code_point >= kCodePoints || kAlphabet.byte[code_point] == kNoByte) {
      return std::nullopt;
    }
    bytes.push_back(static_cast<char>(kAlphabet.byte[code_point]));
  }
  return bytes;
}

}  // namespace excise
