// What the page of several results is made of.
#ifndef EXCISE_REPORT_COMPARISON_PARTS_H_
#define EXCISE_REPORT_COMPARISON_PARTS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "report/colours.h"
#include "report/panel.h"
#include "report/report.h"

namespace excise {

// One line of a table with a column for each result.
struct ComparedRow {
  std::string name;
  std::vector<std::string> cells;
  std::string option = {};  // that sets it, where one does
};

// Settings, model and text where not all results have the same, in words.
std::vector<ComparedRow> different_settings(
    const std::vector<Compared>& results);

// What came out, counted as each result counts it: over texts first, then the
// cells of the 2 x 2 that any of them has, and the verdicts on controls.
std::vector<ComparedRow> headline_rows(const std::vector<Compared>& results);

// "pca hurts in 2 of 12 layers (0 and 4) at q < 0.05, most at layer 0 (+1.6
// nats a token)", of each result.
std::string headline_reading(const std::vector<Compared>& results);

// Each of the others against the first one, tested in pairs.
Panel difference_panel(const std::vector<Compared>& results);

// The colour of a result.
Hue compared_hue(size_t index);

}  // namespace excise

#endif  // EXCISE_REPORT_COMPARISON_PARTS_H_
