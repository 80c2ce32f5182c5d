// A heat map and its colour bar on an SVG canvas.
#ifndef EXCISE_REPORT_SVG_HEAT_MAP_H_
#define EXCISE_REPORT_SVG_HEAT_MAP_H_

#include "report/svg_canvas.h"

namespace excise {

// Fills the frame of the two scales; the colour bar stands right of it.
void draw_heat_map(const HeatMap& map, const SvgScale& x, const SvgScale& y,
                   SvgCanvas& canvas);

}  // namespace excise

#endif  // EXCISE_REPORT_SVG_HEAT_MAP_H_
