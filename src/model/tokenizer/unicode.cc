#include "model/tokenizer/unicode.h"

#include <algorithm>
#include <optional>
#include <string>

#include "io/utf8.h"
#include "model/tokenizer/unicode_tables.h"

namespace excise {
namespace {

// One code point, its combining class, and the bytes that it comes from.
struct Character {
  char32_t code;
  uint8_t combining;
  ByteRange source;
};

// Hangul syllables (chapter 3.12 of the Unicode Standard).
constexpr char32_t kSBase = 0xAC00, kLBase = 0x1100, kVBase = 0x1161,
                   kTBase = 0x11A7;
constexpr char32_t kLCount = 19, kVCount = 21, kTCount = 28;
constexpr char32_t kSCount = kLCount * kVCount * kTCount;

uint8_t combining_class(char32_t code) {
  if (code < 0x300) return 0;
  const auto found =
      std::ranges::lower_bound(unicode::kCombiningClasses, code, {},
                               &unicode::CombiningClass::code_point);
  return found != unicode::kCombiningClasses.end() && found->code_point == code
             ? found->value
             : 0;
}

void decompose(char32_t code, bool compatible, ByteRange source,
               std::vector<Character>& out) {
  const auto add = [&](char32_t part) {
    out.push_back({part, combining_class(part), source});
  };
  if (code >= kSBase && code < kSBase + kSCount) {
    const char32_t s = code - kSBase;
    add(kLBase + s / (kVCount * kTCount));
    add(kVBase + s % (kVCount * kTCount) / kTCount);
    if (s % kTCount != 0) add(kTBase + s % kTCount);
    return;
  }
  auto found = std::ranges::lower_bound(unicode::kDecompositions, code, {},
                                        &unicode::Decomposition::code_point);
  const unicode::Decomposition* best = nullptr;
  for (; found != unicode::kDecompositions.end() && found->code_point == code;
       ++found) {
    if (found->compatible == 0 || compatible) best = &*found;
  }
  if (best == nullptr) return add(code);
  for (const char32_t part :
       unicode::kParts.subspan(best->first, best->length)) {
    add(part);
  }
}

// Characters between two of class 0 in the order of their classes.
void reorder(std::vector<Character>& text) {
  for (auto begin = text.begin(); begin != text.end();) {
    if (begin->combining == 0) {
      ++begin;
      continue;
    }
    const auto end = std::find_if(
        begin, text.end(), [](const Character& c) { return c.combining == 0; });
    std::stable_sort(begin, end, [](const Character& a, const Character& b) {
      return a.combining < b.combining;
    });
    begin = end;
  }
}

std::optional<char32_t> composed(char32_t first, char32_t second) {
  if (first >= kLBase && first < kLBase + kLCount && second >= kVBase &&
      second < kVBase + kVCount) {
    return kSBase + ((first - kLBase) * kVCount + second - kVBase) * kTCount;
  }
  if (first >= kSBase && first < kSBase + kSCount &&
      (first - kSBase) % kTCount == 0 && second > kTBase &&
      second < kTBase + kTCount) {
    return first + second - kTBase;
  }
  const auto key = [](const unicode::Composition& c) {
    return std::pair(c.first, c.second);
  };
  const auto found = std::ranges::lower_bound(
      unicode::kCompositions, std::pair(first, second), {}, key);
  if (found == unicode::kCompositions.end() ||
      key(*found) != std::pair(first, second)) {
    return std::nullopt;
  }
  return found->composed;
}

void compose(std::vector<Character>& text) {
  std::vector<Character> out;
  std::optional<size_t> starter;  // the last of class 0 in `out`
  uint8_t last = 0;               // class of what stands behind it
  for (const Character& c : text) {
    // Blocked by one between them of the same or a higher class.
    const bool adjacent = starter && *starter + 1 == out.size();
    if (starter && (adjacent || last < c.combining)) {
      if (const auto one = composed(out[*starter].code, c.code)) {
        ByteRange& source = out[*starter].source;
        source = {std::min(source.begin, c.source.begin),
                  std::max(source.end, c.source.end)};
        out[*starter].code = *one;
        continue;
      }
    }
    if (c.combining == 0) starter = out.size();
    last = c.combining;
    out.push_back(c);
  }
  text = std::move(out);
}

void append(AlignedText& out, char32_t code, ByteRange source) {
  std::string bytes;
  const auto byte = [&](char32_t value) {
    bytes += static_cast<char>(static_cast<uint8_t>(value));
  };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
  }
  if (code >= 0x80) byte(0x80 | (code & 0x3F));
  out.append(bytes, source);
}

// Calls use(code point, source) for each character.
template <typename Use>
void for_each_character(const AlignedText& text, Use use) {
  const std::string_view bytes = text.text();
  for (size_t at = 0; at < bytes.size();) {
    const size_t length = first_character(bytes.substr(at)).length;
    use(code_point(bytes.substr(at, length)), text.source(at, at + length));
    at += length;
  }
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return static_cast<uint8_t>(c) < 0x80; });
}

}  // namespace

bool is_space(char32_t c) {
  return (c >= 0x9 && c <= 0xD) || c == 0x20 || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

AlignedText normal_form(const AlignedText& text, NormalForm form) {
  if (is_ascii(text.text())) return text;
  const bool compatible =
      form == NormalForm::kNfkc || form == NormalForm::kNfkd;
  std::vector<Character> characters;
  for_each_character(text, [&](char32_t code, ByteRange source) {
    decompose(code, compatible, source, characters);
  });
  reorder(characters);
  if (form == NormalForm::kNfc || form == NormalForm::kNfkc)
    compose(characters);
  AlignedText out;
  for (const Character& c : characters) append(out, c.code, c.source);
  return out;
}

AlignedText lower_case(const AlignedText& text) {
  AlignedText out;
  for_each_character(text, [&](char32_t code, ByteRange source) {
    const auto found = std::ranges::lower_bound(
        unicode::kLowerCase, code, {}, &unicode::LowerCase::code_point);
    if (found == unicode::kLowerCase.end() || found->code_point != code)
      return append(out, code, source);
    append(out, found->first, source);
    if (found->second != 0) append(out, found->second, source);
  });
  return out;
}

}  // namespace excise
