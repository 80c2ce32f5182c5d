// Names beside points, as page/labels.js has it for the page.
#ifndef EXCISE_REPORT_POINT_LABELS_H_
#define EXCISE_REPORT_POINT_LABELS_H_

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace excise {

// For each point the middle of its name, where that covers neither a point nor
// another name; nothing where there is no such place near it, or no point
// (NaN). points: (x, y) on the canvas, y downwards; size: of the letters.
std::vector<std::optional<std::pair<double, double>>> label_places(
    std::span<const std::pair<double, double>> points,
    std::span<const std::string> labels, double size);

}  // namespace excise

#endif  // EXCISE_REPORT_POINT_LABELS_H_
