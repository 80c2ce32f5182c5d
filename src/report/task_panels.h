// The panels of a task that was swept.
#ifndef EXCISE_REPORT_TASK_PANELS_H_
#define EXCISE_REPORT_TASK_PANELS_H_

#include <optional>

#include "report/panel.h"
#include "report/result_folder.h"

namespace excise {

// How many prompts are solved at each layer, and which way they flip.
Panel task_flips_panel(const ResultFolder& folder);
// The prompts one by one, and those that flip.
Panel task_prompts_panel(const ResultFolder& folder);

}  // namespace excise

#endif  // EXCISE_REPORT_TASK_PANELS_H_
