#include <array>
#include <cctype>
#include <utility>

#include "model/tokenizer/regex.h"

namespace excise {
namespace {

// The parts of character classes. Hugging Face has Unicode 16, where Debian
// 12's PCRE2 has Unicode 14, so the letters and numbers new since stand beside
// PCRE2's own (https://www.unicode.org/Public/16.0.0/ucd/UnicodeData.txt).
constexpr const char* kLetters =
    R"(\p{L})"
    R"(\x{1C89}-\x{1C8A}\x{A7CB}-\x{A7CD}\x{A7DA}-\x{A7DC}\x{105C0}-\x{105F3})"
    R"(\x{10D4A}-\x{10D65}\x{10D6F}-\x{10D85}\x{10EC2}-\x{10EC4})"
    R"(\x{1123F}-\x{11240}\x{11380}-\x{11389}\x{1138B}\x{1138E})"
    R"(\x{11390}-\x{113B5}\x{113B7}\x{113D1}\x{113D3}\x{11BC0}-\x{11BE0})"
    R"(\x{11F02}\x{11F04}-\x{11F10}\x{11F12}-\x{11F33}\x{1342F})"
    R"(\x{13441}-\x{13446}\x{13460}-\x{143FA}\x{16100}-\x{1611D})"
    R"(\x{16D40}-\x{16D6C}\x{18CFF}\x{1B132}\x{1B155}\x{1DF25}-\x{1DF2A})"
    R"(\x{1E030}-\x{1E06D}\x{1E4D0}-\x{1E4EB}\x{1E5D0}-\x{1E5ED}\x{1E5F0})"
    R"(\x{2B739}\x{2EBF0}-\x{2EE5D}\x{31350}-\x{323AF})";
constexpr const char* kNumbers =
    R"(\p{N})"
    R"(\x{10D40}-\x{10D49}\x{116D0}-\x{116E3}\x{11BF0}-\x{11BF9})"
    R"(\x{11F50}-\x{11F59}\x{16130}-\x{16139}\x{16D70}-\x{16D79})"
    R"(\x{1CCF0}-\x{1CCF9}\x{1D2C0}-\x{1D2D3}\x{1E4F0}-\x{1E4F9})"
    R"(\x{1E5F1}-\x{1E5FA})";
// White_Space. PCRE2's \s has U+180E too.
constexpr const char* kSpaces =
    R"(\t-\r \x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F})"
    R"(\x{205F}\x{3000})";

struct Class {
  std::string_view escape;
  const char* parts;
};
constexpr std::array<Class, 6> kClasses = {{{R"(\p{L})", kLetters},
                                            {R"(\pL)", kLetters},
                                            {R"(\p{N})", kNumbers},
                                            {R"(\pN)", kNumbers},
                                            {R"(\s)", kSpaces},
                                            {R"([:space:])", kSpaces}}};
constexpr std::array<Class, 4> kOutside = {{{R"(\P{L})", kLetters},
                                            {R"(\P{N})", kNumbers},
                                            {R"(\S)", kSpaces},
                                            {R"(\p{^L})", kLetters}}};

class Translator {
 public:
  explicit Translator(std::string_view pattern) : rest_(pattern) {}

  std::optional<std::string> run() {
    if (rest_.starts_with("(*")) return std::nullopt;
    while (!rest_.empty()) {
      if (!step()) return std::nullopt;
    }
    return std::move(out_);
  }

 private:
  void take(size_t count) {
    out_ += rest_.substr(0, count);
    rest_.remove_prefix(count);
  }

  bool step() {
    for (const auto& [escape, parts] : kClasses) {
      if (!rest_.starts_with(escape)) continue;
      rest_.remove_prefix(escape.size());
      out_ += in_class_ ? std::string(parts) : "[" + std::string(parts) + "]";
      return true;
    }
    for (const auto& [escape, parts] : kOutside) {
      if (in_class_ || !rest_.starts_with(escape)) continue;
      rest_.remove_prefix(escape.size());
      out_ += "[^" + std::string(parts) + "]";
      return true;
    }
    if (rest_.front() == '\\') return escaped();
    if (in_class_) return inside();
    if (rest_.front() == '[') {
      in_class_ = true;
      take(rest_.starts_with("[^]")  ? 3
           : rest_.starts_with("[]") ? 2
           : rest_.starts_with("[^") ? 2
                                     : 1);
      return true;
    }
    // Of Ruby's option letters only i means the same.
    if (rest_.starts_with("(?") && rest_.size() > 2 &&
        (std::isalpha(static_cast<unsigned char>(rest_[2])) != 0 ||
         rest_[2] == '-') &&
        !rest_.starts_with("(?i:") && !rest_.starts_with("(?i)") &&
        !rest_.starts_with("(?-i:")) {
      return false;
    }
    if (rest_.starts_with("(?~") || rest_.starts_with("(*")) return false;
    // {,n} and {n}+ mean other things there.
    if (rest_.starts_with("{,")) return false;
    if (rest_.starts_with("}+")) return false;
    take(1);
    return true;
  }

  // Oniguruma has classes within classes and their intersection.
  bool inside() {
    if (rest_.starts_with("&&")) return false;
    if (rest_.front() == '[') {
      const size_t end = rest_.find(":]");
      if (!rest_.starts_with("[:") || end == std::string_view::npos)
        return false;
      take(end + 2);
      return true;
    }
    if (rest_.front() == ']') in_class_ = false;
    take(1);
    return true;
  }

  bool escaped() {
    if (rest_.size() < 2) return false;
    const char c = rest_[1];
    if (c == 'u') {
      if (rest_.size() < 6) return false;
      out_ += "\\x{" + std::string(rest_.substr(2, 4)) + "}";
      rest_.remove_prefix(6);
      return true;
    }
    // Letters whose meaning is the same, or a sign that stands for itself.
    const bool letter = std::isalpha(static_cast<unsigned char>(c)) != 0;
    if (letter && std::string_view("AbBdDnrtfvaewWzZxpPsS").find(c) ==
                      std::string_view::npos) {
      return false;
    }
    if (c == 'v') {  // in Ruby's syntax U+000B alone
      out_ += "\\x0B";
      rest_.remove_prefix(2);
      return true;
    }
    // The braces of \p{..} and \x{..} are no quantifier.
    const bool braces =
        rest_.size() > 2 && rest_[2] == '{' &&
        std::string_view("pPx").find(c) != std::string_view::npos;
    const size_t close = braces ? rest_.find('}') : std::string_view::npos;
    take(close == std::string_view::npos ? 2 : close + 1);
    return true;
  }

  std::string_view rest_;
  std::string out_;
  bool in_class_ = false;
};

}  // namespace

std::optional<std::string> pcre2_pattern(std::string_view oniguruma) {
  return Translator(oniguruma).run();
}

}  // namespace excise
