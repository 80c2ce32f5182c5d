#include "cli/sweep_table.h"

#include <fmt/format.h>

#include <optional>

#include "cli/table_cell.h"

namespace excise {
namespace {

bool significant(const MeanTest& test) {
  return test.q && *test.q < kSignificance;
}

// The star is t's, and hollow where the second opinion does not agree.
constexpr const char* kHollow = "\u2606";

// Mean effect and its star.
std::string starred(const EffectTests& effect) {
  const MeanTest& test = effect.default_n;
  return cell("{:+.4f}", test.mean) + (!significant(test)         ? " "
                                       : confirmed(effect.second) ? "*"
                                                                  : kHollow);
}

// The other cells of the removal, and what the mean undoes.
std::string cells(const LayerSummary& layer) {
  if (!layer.removed || !layer.empty) return "";
  const auto share = layer.undone ? layer.undone->share : std::nullopt;
  return fmt::format(
      " {:>12} {:>12} {:>8}", starred(layer.removed->effect),
      starred(layer.empty->effect),
      cell("{:.0f}", share ? std::optional(100 * *share) : std::nullopt));
}

std::string line(const LayerSummary& layer, const Terminal& terminal) {
  const MeanTest& test = layer.removal.effect.default_n;
  const std::string text = fmt::format(
      "{:>5} {:>8.1f} {:>8} {:>9} {:>12}{} {:>9}", layer.layer, layer.share,
      cell("{:.2f}", test.t), p_cell(test.q), starred(layer.removal.effect),
      cells(layer), cell("{:.1f}", 100 * layer.removal.drift_end_relative));
  return (significant(test) ? bold(text, terminal) : text) + "\n";
}

bool has_cells(const Summary& summary) {
  return !summary.layers.empty() && summary.layers.front().removed &&
         summary.layers.front().empty;
}

}  // namespace

// Over what the q of the stars are corrected: of a scan, those of the effect
// over its grid.
std::string corrected_over(const Summary& summary, bool all) {
  if (summary.layers.empty() || summary.layers.front().scan.steps.empty())
    return "layers";
  return all ? "layers, of effect over layers and components"
             : "layers and components";
}

std::string sweep_table(const Summary& summary, const Terminal& terminal) {
  const bool all = has_cells(summary);
  std::string out =
      bold(fmt::format("{:>5} {:>8} {:>8} {:>9} {:>11} {} {:>9}", "layer",
                       "variance", "t", "q", "effect",
                       all ? fmt::format(" {:>11} {:>12}  {:>8}", "removed",
                                         "mean", "undone")
                           : "",
                       "drift"),
           terminal) +
      "\n" +
      fmt::format(
          "{:>5} {:>8} {:>8} {:>9} {:>11} {} {:>9}\n", "", "%", "", "", "nats",
          all ? fmt::format(" {:>11} {:>12}  {:>8}", "alone", "alone", "%")
              : "",
          "at end, %");
  for (const LayerSummary& layer : summary.layers) out += line(layer, terminal);
  std::string legend = fmt::format(
      "* q < {} (Benjamini-Hochberg over {}) by the t of this text's tokens; "
      "hollow ({}) where a test that allows for tokens that depend on each "
      "other does not agree. Neither says anything of other texts. effect: "
      "mean log p(clean) - log p(edited) of the right next token; above 0 the "
      "edit hurts.",
      kSignificance, corrected_over(summary, all), kHollow);
  if (all) {
    legend +=
        " removed alone: the same without exchanging the mean; mean alone: "
        "with nothing removed. undone: share of the cost of removed alone that "
        "is not in effect, where that cost is above 0 with its 95 % interval.";
  }
  return out + wrapped(legend, terminal.width);
}

}  // namespace excise
