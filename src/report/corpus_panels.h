// The panels of a corpus.
#ifndef EXCISE_REPORT_CORPUS_PANELS_H_
#define EXCISE_REPORT_CORPUS_PANELS_H_

#include <optional>

#include "report/panel.h"
#include "report/result_folder.h"

namespace excise {

Panel corpus_layers_panel(const ResultFolder& folder);
Panel corpus_units_panel(const ResultFolder& folder);
// Only where a field tells groups apart.
std::optional<Panel> corpus_groups_panel(const ResultFolder& folder);

}  // namespace excise

#endif  // EXCISE_REPORT_CORPUS_PANELS_H_
