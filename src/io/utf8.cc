#include "io/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace excise {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kBold = "\033[1m";
constexpr std::string_view kPlain = "\033[0m";

// Controls of ASCII and Latin-1, line and paragraph separators, and what turns
// the direction of the text behind it.
bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x61C ||
         code == 0x200E || code == 0x200F ||
         (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

// kept: control characters that stay.
std::string escaped(std::string_view text, std::string_view kept) {
  std::string out;
  while (!text.empty()) {
    const Utf8Character next = first_character(text);
    const size_t length = next.whole() ? next.length : 1;
    const std::string_view character = text.substr(0, length);
    const char32_t code = next.whole() ? code_point(character)
                                       : static_cast<uint8_t>(text.front());
    if (next.whole() && (!is_control(code) ||
                         kept.find(text.front()) != std::string_view::npos)) {
      out += character;
    } else if (code < 0x100) {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      out += {'\\', 'x', kDigits[code >> 4], kDigits[code & 15]};
    } else {
      out += fmt::format("\\u{{{:X}}}", static_cast<uint32_t>(code));
    }
    text.remove_prefix(length);
  }
  return out;
}

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

std::string_view beginning(std::string_view text, size_t bytes) {
  return text.substr(0, character_start(text, std::min(bytes, text.size())));
}

std::string without_controls(std::string_view text) {
  return escaped(text, "\n\t");
}

std::string json_without_controls(std::string_view json) {
  std::string out;
  while (!json.empty()) {
    const std::string_view character =
        json.substr(0, std::max<size_t>(1, first_character(json).matched));
    const char32_t code = code_point(character);
    if (code >= 0x20 && is_control(code)) {
      out += fmt::format("\\u{:04x}", static_cast<uint32_t>(code));
    } else {
      out += character;
    }
    json.remove_prefix(character.size());
  }
  return out;
}

std::string shown(std::string_view text) {
  constexpr size_t kMost = 2000;
  if (text.size() <= kMost) return escaped(text, "");
  return escaped(text.substr(0, kMost / 2), "") + " ... " +
         escaped(text.substr(text.size() - kMost / 2), "");
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    size_t own = text.size(), length = 0;
    for (const std::string_view mark : {kBold, kPlain}) {
      const size_t at = text.find(mark);
      if (at < own) own = at, length = mark.size();
    }
    out += without_controls(text.substr(0, own));
    out += text.substr(own, length);
    text.remove_prefix(std::min(text.size(), own + length));
  }
  return out;
}

}  // namespace excise
