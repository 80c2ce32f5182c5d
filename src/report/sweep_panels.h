// The panels of a sweep, in their order on the page. Each is a file of its own;
// a new one is a file and a line in sweep_kind.cc.
#ifndef EXCISE_REPORT_SWEEP_PANELS_H_
#define EXCISE_REPORT_SWEEP_PANELS_H_

#include <optional>

#include "core/error.h"
#include "report/panel.h"
#include "report/result_folder.h"

namespace excise {

Panel layers_panel(const ResultFolder& folder);
Panel controls_panel(const ResultFolder& folder);
Panel parts_panel(const ResultFolder& folder);
Panel variants_panel(const ResultFolder& folder);
Panel constant_panel(const ResultFolder& folder);
Panel scan_panel(const ResultFolder& folder);
Panel drift_panel(const ResultFolder& folder);
Panel tokens_panel(const ResultFolder& folder);
// Errors: bad_file where the large matrices are misshapen.
Result<Panel> inside_panel(const ResultFolder& folder);
Panel direction_panel(const ResultFolder& folder);
Panel sweep_method_panel(const ResultFolder& folder);

// Only of a sweep of several texts, of one that has a checklist, and of one
// that edits several layers at once.
std::optional<Panel> texts_panel(const ResultFolder& folder);
std::optional<Panel> checklist_panel(const ResultFolder& folder);
std::optional<Panel> together_panel(const ResultFolder& folder);

// The effect by layer, of several texts over them, beside what chance gives.
std::optional<Slot> main_figure(const ResultFolder& folder);
// What the cells of the 2 x 2 do; none where the preset is all there is.
std::optional<Panel> cells_panel(const ResultFolder& folder);

// What stands above the panels: what was done and what came out.
Html sweep_head(const ResultFolder& folder);

}  // namespace excise

#endif  // EXCISE_REPORT_SWEEP_PANELS_H_
