#include "cli/control_table.h"

#include <fmt/format.h>

#include <numeric>
#include <optional>

namespace excise {
namespace {

std::string cell(const char* format, const std::optional<double>& value) {
  return value ? fmt::format(fmt::runtime(format), *value) : "-";
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(values.size());
}

// Ends the line where its last character that shows does.
std::string ended(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string line(const LayerSummary& layer) {
  std::string text =
      fmt::format("{:>5} {:>11}", layer.layer,
                  cell("{:+.4f}", layer.removal.effect.default_n.mean));
  for (const ControlSummary& control : layer.controls) {
    if (control.cell != Cell::kPreset) continue;
    const bool beyond = control.p_two_sided.value_or(1) < kSignificance;
    text += fmt::format(" {:>15} {:>8}{}",
                        fmt::format("{:+.4f}", mean_of(control.mean)),
                        cell("{:.0f}", control.percentile), beyond ? "*" : " ");
  }
  return ended(text) + "\n";
}

}  // namespace

std::string control_table(const Summary& summary, const Terminal& terminal) {
  if (summary.layers.empty() || summary.layers.front().controls.empty()) {
    return "";
  }
  const auto& controls = summary.layers.front().controls;
  std::string names = fmt::format("{:>5} {:>11}", "layer", "effect");
  std::string units = fmt::format("{:>5} {:>11}", "", "nats");
  for (const ControlSummary& control : controls) {
    if (control.cell != Cell::kPreset) continue;
    names +=
        fmt::format(" {:>15} {:>8} ", control_name(control.control), "beyond");
    units += fmt::format(" {:>15} {:>8} ", "mean, nats", "%");
  }
  std::string out = bold(ended(names), terminal) + "\n" + ended(units) + "\n";
  for (const LayerSummary& layer : summary.layers) out += line(layer);
  return out + fmt::format(
                   "Each control carries the same mean as the removal. beyond: "
                   "the share of its repeats that\nhurt less than the removal; "
                   "* two-sided empirical p < {} (at least 40 repeats).\n\n",
                   kSignificance);
}

}  // namespace excise
