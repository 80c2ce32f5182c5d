// Figures as SVG files for papers: no script, no style sheet, text as text.
#ifndef EXCISE_REPORT_FIGURE_SVG_H_
#define EXCISE_REPORT_FIGURE_SVG_H_

#include <cstddef>
#include <string>

#include "report/figure.h"

namespace excise {

// row: which swept layer, where the figure follows the layer.
std::string figure_svg(const Figure& figure, size_t row);

}  // namespace excise

#endif  // EXCISE_REPORT_FIGURE_SVG_H_
