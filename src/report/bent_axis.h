// An axis that shows small numbers beside one that dwarfs them: even around 0,
// logarithmic beyond its knee, on both sides.
#ifndef EXCISE_REPORT_BENT_AXIS_H_
#define EXCISE_REPORT_BENT_AXIS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/figure.h"
#include "report/ticks.h"

namespace excise {

// Where a number lies: sign(v) log10(1 + |v| / knee), and back. knee > 0.
double bent(double value, double knee);
double unbent(double place, double knee);

// The ends of all that a figure draws along y; none where it draws nothing.
std::optional<std::pair<double, double>> drawn_range(const Figure& figure);

// Bends y where what is drawn reaches further than eight times the median size
// of the `watched` numbers, which an even axis would press onto 0. The knee is
// about that median, and not below a hundredth of what is drawn.
void bend_where_dwarfed(const std::vector<double>& watched, Figure& figure);

// 0, the knee and round numbers beyond it, within [low, high].
std::vector<Tick> bent_ticks(double low, double high, double knee);

// What stands beside the title of a bent axis.
std::string bend_note(double knee);

}  // namespace excise

#endif  // EXCISE_REPORT_BENT_AXIS_H_
