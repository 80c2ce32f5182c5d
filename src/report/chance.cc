#include "report/chance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/panel_parts.h"

namespace excise {
namespace {

// How many of the R + 1 values that p can have are below the limit.
double values_below(double draws, double limit) {
  return std::max(0.0, std::ceil(limit * (draws + 1) - 1e-9) - 1);
}

}  // namespace

BesideDraws beside_draws(const ResultFolder& folder,
                         const std::vector<double>& p,
                         const std::vector<double>& draws) {
  const double limit = significance(folder);
  BesideDraws found;
  for (size_t row = 0; row < p.size(); ++row) {
    if (std::isnan(p[row]) || std::isnan(draws[row])) continue;
    ++found.compared;
    found.draws = std::max(found.draws, draws[row]);
    found.expected += values_below(draws[row], limit) / (draws[row] + 1);
    if (p[row] < limit) found.beyond.push_back(folder.layers[row]);
  }
  return found;
}

std::string beside_text(const ResultFolder& folder, const BesideDraws& found,
                        const std::string& drawn) {
  if (found.compared == 0) return "";
  if (found.expected == 0) return too_few_text(folder, found.draws);
  return fmt::format(
      "Above nearly all {} {} (one-sided p < {}); chance would put {} of {} "
      "there.",
      drawn,
      found.beyond.empty() ? "at no layer" : "at " + layers_text(found.beyond),
      significance(folder), number_text(found.expected, 2),
      count_text(found.compared, "layer"));
}

std::string too_few_text(const ResultFolder& folder, double draws) {
  return fmt::format(
      "{} cannot tell: their p is {} or more (--random {} is the fewest that "
      "can).",
      count_text(static_cast<size_t>(draws), "draw"),
      number_text(1 / (draws + 1)),
      static_cast<size_t>(std::floor(1 / significance(folder) + 1e-9)));
}

std::string layers_text(const std::vector<size_t>& layers) {
  return (layers.size() == 1 ? "layer " : "layers ") + ranges_text(layers);
}

}  // namespace excise
