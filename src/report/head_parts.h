// What stands above the panels of every report.
#ifndef EXCISE_REPORT_HEAD_PARTS_H_
#define EXCISE_REPORT_HEAD_PARTS_H_

#include <optional>
#include <string>
#include <vector>

#include "report/figure.h"
#include "report/result_folder.h"
#include "report/text.h"

namespace excise {

struct Head {
  std::string change;  // behind the model's name: "without ..."
  std::string facts;   // sizes, in one line
  std::vector<std::string> warnings = {};  // above what came out
  // What came out, a paragraph each: the first one stands above the figure that
  // it is read from, the others below.
  std::vector<std::string> lead;
  std::optional<Slot> main = {};
  std::string left_title = {};  // what was done
  Html left = {};
  std::string right_title = {};  // to what
  Html right = {};
};

// With the model's name, the badges of the audit and the whole summary.
Html head_html(const ResultFolder& folder, const Head& head);

// The beginning of a text.
Html text_excerpt(std::string_view text);

// A text with marked tokens, and what is expected after them. Of a long text
// the part around the marks.
struct MarkedText {
  std::vector<std::string> pieces;
  size_t first = 0, count = 1;  // of the marked ones
  std::string next = {};        // in a frame behind the last piece, or nothing
};
Html marked_text(const MarkedText& text);

// The manifest's experiment as resolved.
const nlohmann::json& spec_of(const ResultFolder& folder);

}  // namespace excise

#endif  // EXCISE_REPORT_HEAD_PARTS_H_
