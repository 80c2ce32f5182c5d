#include "report/text.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <numeric>

#include "core/number_text.h"

namespace excise {
namespace {

// The character at text[i], which is moved behind it; U+FFFD for what is no
// UTF-8.
char32_t next_character(std::string_view text, size_t& i) {
  const auto byte = [&](size_t k) {
    return k < text.size() ? static_cast<uint8_t>(text[k]) : 0U;
  };
  const uint32_t lead = byte(i++);
  const size_t more = lead >= 0xF0   ? 3
                      : lead >= 0xE0 ? 2
                      : lead >= 0xC0 ? 1
                                     : 0;
  if (lead >= 0x80 && lead < 0xC0) return 0xFFFD;
  char32_t character = more == 0 ? lead : lead & (0x3FU >> more);
  for (size_t k = 0; k < more; ++k) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0xFFFD;
    character = (character << 6U) | (byte(i++) & 0x3FU);
  }
  return character;
}

// What would not be seen as itself, apart from newline and tab.
bool is_hidden(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C ||
         c == 0x180E || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
         c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
         (c >= 0xE0000 && c <= 0xE007F);
}

std::string picture(char32_t c) {
  const auto code = static_cast<uint32_t>(c);
  if (code >= 0x20) return fmt::format("<U+{:04X}>", code);
  // U+2400 to U+241F, the pictures of the controls.
  std::string symbol = "\xE2\x90\x80";
  symbol[2] = static_cast<char>(0x80 + code);
  return symbol;
}

}  // namespace

Html& Html::raw(std::string_view markup) {
  out_ += markup;
  return *this;
}

Html& Html::text(std::string_view text) {
  out_ += escape_markup(visible_text(text));
  return *this;
}

Html& Html::add(const Html& other) {
  out_ += other.out_;
  return *this;
}

std::string escape_markup(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string visible_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const size_t start = i;
    const char32_t c = next_character(text, i);
    if (is_hidden(c) && c != U'\n' && c != U'\t') {
      out += picture(c);
    } else {
      out += text.substr(start, i - start);
    }
  }
  return out;
}

std::string escape_hidden(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t start = i;
    const char32_t c = next_character(text, i);
    const auto code = static_cast<uint32_t>(c);
    if (!is_hidden(c)) {
      out += text.substr(start, i - start);
    } else {
      out += code > 0xFFFF ? fmt::format("\\U{:08X}", code)
                           : fmt::format("\\u{:04X}", code);
    }
  }
  return out;
}

std::string token_label(std::string_view piece, size_t longest) {
  const std::string visible = visible_text(piece);
  std::string out;
  size_t characters = 0;
  for (size_t i = 0; i < visible.size(); ++characters) {
    if (characters == longest) return out + "\u2026";
    const size_t start = i;
    const char32_t c = next_character(visible, i);
    if (c == U' ') {
      out += "\u00B7";
    } else if (c == U'\n') {
      out += "\u23CE";
    } else if (c == U'\t') {
      out += "\u21E5";
    } else {
      out += visible.substr(start, i - start);
    }
  }
  return out;
}

std::string number_text(double value, int digits) {
  if (!std::isfinite(value)) return "\u2013";
  std::string text = short_text(value, digits);
  if (text.front() == '-') text.replace(0, 1, "\u2212");  // a true minus sign
  return text;
}

std::string signed_text(double value, int digits) {
  const std::string text = number_text(value, digits);
  return value > 0 && text != "0" ? "+" + text : text;
}

namespace {

// "0, 4 and 7"; the first few of many, and how many more: `sizes` says how many
// things each part stands for.
std::string joined(const std::vector<std::string>& parts,
                   const std::vector<size_t>& sizes) {
  constexpr size_t kMost = 12;
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i == kMost && parts.size() > kMost + 1) {
      return text + fmt::format(" and {} more",
                                std::accumulate(sizes.begin() + kMost,
                                                sizes.end(), size_t{0}));
    }
    if (i > 0) text += i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

}  // namespace

std::string list_text(const std::vector<size_t>& numbers) {
  std::vector<std::string> parts;
  for (const size_t number : numbers) parts.push_back(std::to_string(number));
  return joined(parts, std::vector<size_t>(parts.size(), 1));
}

std::string ranges_text(const std::vector<size_t>& numbers) {
  std::vector<std::string> parts;
  std::vector<size_t> sizes;
  for (size_t i = 0; i < numbers.size();) {
    size_t end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    const bool run = end - i > 2;
    parts.push_back(
        run ? fmt::format("{}\u2013{}", numbers[i], numbers[end - 1])
            : std::to_string(numbers[i]));
    sizes.push_back(run ? end - i : 1);
    i = run ? end : i + 1;
  }
  return joined(parts, sizes);
}

std::string sentence_text(std::string_view text) {
  std::string out(text);
  for (const std::string_view unit : {" %", " nats"}) {
    for (size_t at = 0; (at = out.find(unit, at)) != std::string::npos;) {
      const bool after_number =
          at > 0 && out[at - 1] >= '0' && out[at - 1] <= '9';
      if (after_number) out.replace(at, 1, "\u00A0");
      at += unit.size();
    }
  }
  return out;
}

std::vector<std::string> sentences(std::string_view text) {
  std::vector<std::string> all;
  size_t begin = 0;
  for (size_t i = 0; i + 2 < text.size(); ++i) {
    const char next = text[i + 2];
    if (text.substr(i, 2) != ". " || next < 'A' || next > 'Z') continue;
    all.emplace_back(text.substr(begin, i + 1 - begin));
    begin = i + 2;
  }
  if (begin < text.size()) all.emplace_back(text.substr(begin));
  return all;
}

std::string count_text(size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace excise
