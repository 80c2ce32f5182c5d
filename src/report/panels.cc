#include "report/panels.h"

#include <cmath>
#include <utility>

namespace excise {

Result<std::vector<Panel>> make_panels(const ResultFolder& folder) {
  std::vector<Panel> panels;
  panels.push_back(layers_panel(folder));
  panels.push_back(controls_panel(folder));
  panels.push_back(scan_panel(folder));
  panels.push_back(drift_panel(folder));
  panels.push_back(tokens_panel(folder));
  panels.push_back(EXCISE_TRY(inside_panel(folder)));
  panels.push_back(direction_panel(folder));
  panels.push_back(method_panel(folder));
  return panels;
}

size_t first_row_to_show(const ResultFolder& folder) {
  const auto means = folder.by_layer("/default_n/mean");
  size_t best = 0;
  for (size_t row = 1; row < means.size(); ++row) {
    if (means[row] > means[best] ||
        (std::isnan(means[best]) && !std::isnan(means[row]))) {
      best = row;
    }
  }
  return best;
}

}  // namespace excise
