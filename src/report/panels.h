// The panels of a report, in its order. Each is a file of its own; a new one is
// a file and a line in make_panels().
#ifndef EXCISE_REPORT_PANELS_H_
#define EXCISE_REPORT_PANELS_H_

#include <vector>

#include "core/error.h"
#include "report/panel.h"
#include "report/result_folder.h"

namespace excise {

Panel layers_panel(const ResultFolder& folder);
Panel controls_panel(const ResultFolder& folder);
Panel scan_panel(const ResultFolder& folder);
Panel drift_panel(const ResultFolder& folder);
Panel tokens_panel(const ResultFolder& folder);
// Errors: bad_file where the large matrices are misshapen.
Result<Panel> inside_panel(const ResultFolder& folder);
Panel direction_panel(const ResultFolder& folder);
Panel method_panel(const ResultFolder& folder);

// What stands above the panels: what was done and what came out.
Html report_head(const ResultFolder& folder);

Result<std::vector<Panel>> make_panels(const ResultFolder& folder);

// The row of the layer with the largest mean effect: where to look first.
size_t first_row_to_show(const ResultFolder& folder);

}  // namespace excise

#endif  // EXCISE_REPORT_PANELS_H_
