// The panels of a median replacement, in their order on the page.
#ifndef EXCISE_REPORT_MEDIAN_PANELS_H_
#define EXCISE_REPORT_MEDIAN_PANELS_H_

#include <optional>
#include <string>
#include <vector>

#include "report/panel.h"
#include "report/result_folder.h"

namespace excise {

// Where the target loses or gains: every layer and share of the neurons.
Panel median_effect_panel(const ResultFolder& folder);
// The largest neurons beside as many random ones.
Panel median_control_panel(const ResultFolder& folder);

// What stands in the head: the same figures; none where no draws are there.
std::optional<Slot> median_main_figure(const ResultFolder& folder);

Html median_head(const ResultFolder& folder);

// The cell of the largest effect, as a row and a column of the arrays [n, P];
// none where there is no number.
struct MedianPlace {
  size_t row = 0, col = 0;
};
std::optional<MedianPlace> largest_cell(const ResultFolder& folder);
// The shares that have a colour or a button: all, or of many the ends, some
// between and that of the largest effect.
std::vector<size_t> shown_shares(const ResultFolder& folder);
// "40 %".
std::string share_text(const ResultFolder& folder, size_t col);
// "median", "mean", or "0".
std::string replacement_text(const ResultFolder& folder);
// The target in quotation marks, or its number.
std::string target_text(const ResultFolder& folder);

}  // namespace excise

#endif  // EXCISE_REPORT_MEDIAN_PANELS_H_
