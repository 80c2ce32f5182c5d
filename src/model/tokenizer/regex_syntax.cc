#include <cctype>
#include <string>
#include <utility>

#include "model/tokenizer/regex.h"
#include "model/tokenizer/unicode_classes.h"

namespace excise {
namespace {

// Parts of character classes that PCRE2 lacks, by the name of the class.
std::optional<std::string> new_in_class(std::string_view name) {
  using namespace unicode;  // NOLINT: its names are used here alone
  const auto letters = [] {
    return std::string(kNewUpper) + kNewLower + kNewModifier + kNewOtherLetters;
  };
  if (name == "L") return letters();
  if (name == "Lu") return kNewUpper;
  if (name == "Ll") return kNewLower;
  if (name == "Lm") return kNewModifier;
  if (name == "Lo") return kNewOtherLetters;
  if (name == "M") return kNewMarks;
  if (name == "N") return std::string(kNewDigits) + kNewOtherNumbers;
  if (name == "Nd") return kNewDigits;
  if (name == "P") return kNewPunctuation;
  if (name == "S") return kNewSymbols;
  if (name == "Han") return kNewHan;
  return std::nullopt;
}

// A class that begins a pattern: how it is written, and what it is.
struct Class {
  size_t length;      // bytes
  std::string parts;  // within brackets
  bool is_negated = false;
};

// None for what is no class, or one that PCRE2 has too.
std::optional<Class> class_at(std::string_view pattern) {
  if (pattern.starts_with("[:space:]")) return Class{9, unicode::kSpaces};
  if (pattern.size() < 2 || pattern[0] != '\\') return std::nullopt;
  switch (pattern[1]) {
    case 's':
      return Class{2, unicode::kSpaces};
    case 'S':
      return Class{2, unicode::kSpaces, true};
    case 'w':
      return Class{2, word_characters(WordsOf::kOniguruma)};
    case 'W':
      return Class{2, word_characters(WordsOf::kOniguruma), true};
    case 'd':
    case 'D':
      return Class{2, std::string("\\p{Nd}") + unicode::kNewDigits,
                   pattern[1] == 'D'};
    case 'p':
    case 'P':
      break;
    default:
      return std::nullopt;
  }
  std::string_view name = pattern.substr(2, 1);
  size_t length = 3;
  if (name == "{") {
    const size_t end = pattern.find('}');
    if (end == std::string_view::npos) return std::nullopt;
    name = pattern.substr(3, end - 3);
    length = end + 1;
  }
  const bool circumflex = name.starts_with('^');
  if (circumflex) name.remove_prefix(1);
  const auto more = new_in_class(name);
  if (!more) return std::nullopt;
  return Class{length, "\\p{" + std::string(name) + "}" + *more,
               (pattern[1] == 'P') != circumflex};
}

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
    if (const auto found = class_at(rest_)) {
      // PCRE2 has no class within a class that could be negated.
      if (in_class_ && found->is_negated) return false;
      rest_.remove_prefix(found->length);
      if (!in_class_) out_ += found->is_negated ? "[^" : "[";
      out_ += found->parts;
      if (!in_class_) out_ += "]";
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

  // Oniguruma has classes within classes and their intersection, and other
  // characters in most of those of POSIX.
  bool inside() {
    if (rest_.starts_with("&&") || rest_.front() == '[') return false;
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
    if (!in_class_ && (c == 'b' || c == 'B')) {
      const std::string word = word_characters(WordsOf::kOniguruma);
      const std::string here = "[" + word + "]";
      out_ += c == 'b' ? "(?:(?<=" + here + ")(?!" + here + ")|(?<!" + here +
                             ")(?=" + here + "))"
                       : "(?:(?<=" + here + ")(?=" + here + ")|(?<!" + here +
                             ")(?!" + here + "))";
      rest_.remove_prefix(2);
      return true;
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

std::string word_characters(WordsOf library) {
  std::string parts = R"(\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc})";
  for (const char* name : {"L", "M", "Nd"}) parts += *new_in_class(name);
  parts += unicode::kCircledLetters;
  parts += library == WordsOf::kRust ? R"(\x{200C}\x{200D})"
                                     : R"(\x{B2}\x{B3}\x{B9}\x{BC}-\x{BE})";
  return parts;
}

std::optional<std::string> pcre2_pattern(std::string_view oniguruma) {
  return Translator(oniguruma).run();
}

}  // namespace excise
