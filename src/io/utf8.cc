#include "io/utf8.h"

#include <algorithm>
#include <cstdint>

namespace excise {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

}  // namespace

Utf8Character first_character(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {1, 1};
  if (lead < 0xC2 || lead > 0xF4) return {0, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  // The second byte rules out overlong forms, surrogates and code points above
  // U+10FFFF.
  uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  size_t matched = 1;
  while (matched < std::min(length, text.size()) && byte(matched) >= low &&
         byte(matched) <= high) {
    ++matched;
    low = 0x80;
    high = 0xBF;
  }
  return {length, matched};
}

char32_t code_point(std::string_view character) {
  const auto byte = [&](size_t i) -> char32_t {
    return static_cast<uint8_t>(character[i]);
  };
  if (character.size() == 1) return byte(0);
  char32_t code = byte(0) & (0x7FU >> character.size());
  for (size_t i = 1; i < character.size(); ++i)
    code = code << 6 | (byte(i) & 0x3FU);
  return code;
}

std::string Utf8Stream::push(std::string_view bytes) {
  pending_ += bytes;
  std::string text;
  size_t at = 0;
  while (at < pending_.size()) {
    const std::string_view rest = std::string_view(pending_).substr(at);
    const Utf8Character next = first_character(rest);
    if (!next.whole() && next.length > 0 && next.matched == rest.size()) break;
    text += next.whole() ? rest.substr(0, next.length) : kReplacement;
    at += next.matched;
  }
  pending_.erase(0, at);
  return text;
}

std::string Utf8Stream::finish() {
  // All that is pending is the start of one character.
  const bool cut = !pending_.empty();
  pending_.clear();
  return std::string(cut ? kReplacement : "");
}

size_t character_count(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, starts_character));
}

size_t character_start(std::string_view text, size_t at) {
  while (at > 0 && at < text.size() && !starts_character(text[at])) --at;
  return at;
}

std::string without_controls(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const bool c1 = byte == 0xC2 && i + 1 < text.size() &&
                    static_cast<uint8_t>(text[i + 1]) < 0xA0;
    const bool control =
        (byte < 0x20 && text[i] != '\n' && text[i] != '\t') || byte == 0x7F;
    if (!c1 && !control) {
      out += text[i];
      continue;
    }
    const auto shown = c1 ? static_cast<uint8_t>(text[++i]) : byte;
    out += {'\\', 'x', kDigits[shown >> 4], kDigits[shown & 15]};
  }
  return out;
}

}  // namespace excise
