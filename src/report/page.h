// A page that needs nothing but itself: panels as HTML, figures as data, and
// the script that draws them.
#ifndef EXCISE_REPORT_PAGE_H_
#define EXCISE_REPORT_PAGE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "report/panel.h"

namespace excise {

struct PageTokens {
  std::vector<std::string> pieces;
  std::vector<int64_t> ids;
  std::vector<double> logprob;  // of the clean run
};

struct Page {
  std::string title;
  Html head;
  // The figure that stands in the head, beside what came out.
  std::optional<Slot> main;
  std::vector<Panel> panels;
  // Of the layer control, where a panel follows it.
  std::vector<size_t> layers;
  size_t row = 0;  // of the layer that is chosen at first
  PageTokens tokens;
  std::string program;  // that made the result: name and version
};

std::string page_html(const Page& page);

}  // namespace excise

#endif  // EXCISE_REPORT_PAGE_H_
