// UTF-8 (RFC 3629: no surrogates, no overlong forms) that comes in pieces.
#ifndef EXCISE_IO_UTF8_H_
#define EXCISE_IO_UTF8_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace excise {

// How far the first bytes of a text, which is not empty, are one character.
struct Utf8Character {
  size_t length = 0;   // bytes that its first byte announces; 0: none does
  size_t matched = 0;  // bytes from the first on that fit, at most `length`
  bool whole() const { return length > 0 && matched == length; }
};
Utf8Character first_character(std::string_view text);

// The code point of one whole character.
char32_t code_point(std::string_view character);

// Whether a byte of valid text begins a character.
constexpr bool starts_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

// How many characters a valid text has.
size_t character_count(std::string_view text);

// Where the character begins of which byte `at` is one. text: valid UTF-8; at:
// at most its size, which is its own answer.
size_t character_start(std::string_view text, size_t at);

// At most so many bytes from the start of a text, none of a character cut.
std::string_view beginning(std::string_view text, size_t bytes);

// Makes valid text of bytes that may be cut within a character, as tokens are.
// What can never become a character is replaced by U+FFFD, as Python's
// errors="replace" does.
class Utf8Stream {
 public:
  // The text that is certain by now.
  std::string push(std::string_view bytes);
  // The rest, where no more bytes follow.
  std::string finish();

 private:
  std::string pending_;  // the start of a character
};

// Any bytes as text that cannot move the cursor of a terminal or turn what is
// around it: control characters but newline and tab, bytes that are no UTF-8,
// and the marks of writing direction become \xNN or \u{N}.
std::string without_controls(std::string_view text);

// JSON in whose strings those characters stand as \uXXXX, with which it means
// the same.
std::string json_without_controls(std::string_view json);

// What every string from elsewhere (a name, a path, a value, a message of a
// library) goes through on its way to a line of a terminal or log: the same
// without newlines and tabs, and shortened in the middle of what is longer than
// 2,000 bytes.
std::string shown(std::string_view text);

// Text of the program that has such strings in it: the program's own bold type
// is kept.
std::string printable(std::string_view text);

}  // namespace excise

#endif  // EXCISE_IO_UTF8_H_
