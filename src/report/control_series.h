// The controls of a sweep as figures have them.
#ifndef EXCISE_REPORT_CONTROL_SERIES_H_
#define EXCISE_REPORT_CONTROL_SERIES_H_

#include <string>
#include <string_view>
#include <vector>

#include "report/figure.h"
#include "report/result_folder.h"

namespace excise {

// One control of one cell.
struct ShownControl {
  std::string id;       // letters and hyphens, for figures
  std::string name;     // "random directions, whole edit"
  std::string pointer;  // "/removed_branch/controls/norm-matched", of a layer
  std::string effect;   // "/removed_branch/default_n/mean"
  bool null = true;     // a null distribution, not a description
  Hue hue = Hue::kControl;
};

// "random directions", of the name that a result has for a control.
std::string control_words(std::string_view key);

// Those that were drawn; the sizes that the edits really have first. Several
// texts: those over them, where over_texts is set.
std::vector<ShownControl> shown_controls(const ResultFolder& folder,
                                         bool over_texts = false);
// The mean effects of the draws at one layer.
std::vector<double> draws_of(const ResultFolder& folder, size_t row,
                             const ShownControl& control);
// 95 % of the draws by layer, and their median.
Series control_band(const ResultFolder& folder, const ShownControl& control);
// For each layer whether the edit is beyond nearly all draws, on either side;
// empty where no layer can be told, for its draws are too few.
std::vector<bool> beyond(const ResultFolder& folder,
                         const ShownControl& control);

// Whether a sentence is about a control other than the one whose band the main
// figure has.
bool of_another_control(const ResultFolder& folder,
                        const std::string& sentence);

}  // namespace excise

#endif  // EXCISE_REPORT_CONTROL_SERIES_H_
