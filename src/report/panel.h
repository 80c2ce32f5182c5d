// One panel of a report: a question, its answer in a sentence, and the figures
// that the answer is read from.
#ifndef EXCISE_REPORT_PANEL_H_
#define EXCISE_REPORT_PANEL_H_

#include <string>
#include <vector>

#include "report/figure.h"
#include "report/text.h"

namespace excise {

struct Panel {
  std::string id = {};     // letters, digits and hyphens
  std::string title = {};  // the question it answers
  // One sentence with its numbers; where the panel follows the layer, one for
  // each swept layer.
  std::vector<std::string> readings = {};
  // The answer as a list instead: a passage each, shown sentence by sentence.
  std::vector<std::string> statements = {};
  Html definition = {};  // how its numbers are defined
  Html before = {};      // above the figures
  std::vector<Slot> slots = {};
  Html after = {};    // below the figures
  Html missing = {};  // instead of all that: what to run to have it
};

}  // namespace excise

#endif  // EXCISE_REPORT_PANEL_H_
