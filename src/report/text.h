// Numbers and foreign text as a report shows them.
#ifndef EXCISE_REPORT_TEXT_H_
#define EXCISE_REPORT_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace excise {

// HTML being written. What a result folder says goes through text() only.
class Html {
 public:
  // Markup of the report itself.
  Html& raw(std::string_view markup);
  // Text from anywhere: escaped for element content and quoted attributes;
  // controls are made visible (visible_text).
  Html& text(std::string_view text);
  Html& add(const Html& other);
  const std::string& str() const { return out_; }
  bool empty() const { return out_.empty(); }

 private:
  std::string out_;
};

// text: valid UTF-8. & < > " ' as entities.
std::string escape_markup(std::string_view text);

// text: valid UTF-8. Characters that would not be seen, or that would change
// how their neighbours are shown (controls, direction marks, zero-width
// characters), become a picture or <U+202E>. Newlines and tabs stay.
std::string visible_text(std::string_view text);

// The same characters, newlines and tabs too, as \u202E or \U000E0001: the
// escapes of a TOML string.
std::string escape_hidden(std::string_view text);

// A token on one line, e.g. at an axis: visible, spaces as a middle dot,
// newlines as an arrow, cut to `longest` characters.
std::string token_label(std::string_view piece, size_t longest = 16);

// "1.59", "2.3e-13", "0.0065"; a dash where the number does not exist.
std::string number_text(double value, int digits = 3);
// With a sign: "+1.59".
std::string signed_text(double value, int digits = 3);
// "0, 4 and 7"; the first few of many, and how many more.
std::string list_text(const std::vector<size_t>& numbers);
// "0–5, 7 and 9": runs of three and more in short. Ascending numbers, of many
// runs the first few.
std::string ranges_text(const std::vector<size_t>& numbers);
// A sentence whose numbers stay with their units where a line ends.
std::string sentence_text(std::string_view text);
// Cut where a full stop, a blank and a capital letter follow each other.
std::vector<std::string> sentences(std::string_view text);
// "1 layer", "2 layers".
std::string count_text(size_t count, std::string_view noun);

}  // namespace excise

#endif  // EXCISE_REPORT_TEXT_H_
