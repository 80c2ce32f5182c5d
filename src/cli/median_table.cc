#include "cli/median_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/number_text.h"
#include "experiment/common/mean_test.h"

namespace excise {
namespace {

// As many columns as 100 characters take.
constexpr size_t kMaxColumns = 10;

// Which shares are shown: all, or some at equal distances with both ends.
std::vector<size_t> shown_shares(size_t shares) {
  std::vector<size_t> shown;
  const size_t columns = std::min(shares, kMaxColumns);
  for (size_t i = 0; i < columns; ++i) {
    shown.push_back(columns == 1 ? 0 : i * (shares - 1) / (columns - 1));
  }
  return shown;
}

std::string cell_text(const MedianCell& cell) {
  const bool beyond =
      cell.random_p_one_sided && *cell.random_p_one_sided < kSignificance;
  return fmt::format("{:>8}{}", signed_fixed_text(cell.delta_logprob, 3),
                     beyond ? "*" : " ");
}

}  // namespace

std::string median_table(const MedianResult& result, const Terminal& terminal) {
  const size_t shares = result.spec.percent.size();
  const std::vector<size_t> shown = shown_shares(shares);
  std::string heading = "layer";
  for (const size_t i : shown) {
    heading +=
        fmt::format("{:>8} ", fmt::format("{:g} %", result.spec.percent[i]));
  }
  std::string out = bold(heading, terminal) + "\n";
  const MedianCell* worst = &result.worst();
  for (size_t l = 0; l < result.layers.size(); ++l) {
    std::string line = fmt::format("{:>5}", result.layers[l]);
    for (const size_t i : shown) {
      const MedianCell& cell = result.cells[l * shares + i];
      line +=
          &cell == worst ? bold(cell_text(cell), terminal) : cell_text(cell);
    }
    out += line + "\n";
  }
  out +=
      "Columns: share of the neurons replaced. Cells: log p(clean) - log "
      "p(edited) of the target, in nats;\nabove 0 the replacement makes it "
      "less "
      "likely.\n";
  if (result.spec.random > 0) {
    out += fmt::format(
        "* lowers the target more, or raises it less, than as many random "
        "neurons ({} draws, one-sided\np < {}, not corrected).\n",
        result.spec.random, kSignificance);
  }
  if (shown.size() < shares) {
    out += fmt::format("Shown: {} of {} shares; median.csv has all.\n",
                       shown.size(), shares);
  }
  return out;
}

}  // namespace excise
