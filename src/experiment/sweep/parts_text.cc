#include "experiment/sweep/parts_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/number_text.h"
#include "experiment/common/sentence_parts.h"

namespace excise {
namespace {

// Shares of tokens that add up less well than this, in nats, are told.
constexpr double kToldError = 1e-3;

std::string nats(double value) { return short_text(value, 2); }
std::string percent(double share) { return fmt::format("{:.0f}", 100 * share); }

// Of the layer whose edit hurts most, where that is told apart from 0.
std::string where_it_arises(const Summary& summary) {
  for (const LayerSummary& layer : summary.layers) {
    const MeanTest& test = layer.removal.effect.default_n;
    if (layer.layer != summary.headline.worst_layer || !layer.parts ||
        !significant(test))
      continue;
    const PartsSummary& parts = *layer.parts;
    const auto written = parts.written();
    const auto attn = parts.by_attn(), mlps = parts.by_mlps();
    if (!written || !attn || !mlps) return "";
    return fmt::format(
        "Of the {} nats at layer {}, where it hurts most, {} arise from what "
        "the edit itself writes to the stream, {} from what later attention "
        "and {} from what later MLPs then write differently.",
        short_text(*test.mean, 3), layer.layer, nats(*written), nats(*attn),
        nats(*mlps));
  }
  return "";
}

struct RepairCounts {
  std::vector<size_t> direct, part, all, added;
};

RepairCounts counted(const Summary& summary) {
  RepairCounts counts;
  for (const LayerSummary& layer : summary.layers) {
    if (!layer.parts || !layer.parts->direct.has_effect()) continue;
    counts.direct.push_back(layer.layer);
    const auto& interval = layer.parts->direct.interval;
    if (!interval) continue;
    if (interval->high < 0) counts.added.push_back(layer.layer);
    if (interval->low <= 0) continue;
    (interval->low > 1 ? counts.all : counts.part).push_back(layer.layer);
  }
  return counts;
}

std::string repair(const Summary& summary) {
  const RepairCounts counts = counted(summary);
  const size_t all = summary.layers.size();
  std::string text = fmt::format(
      "Alone, what the edit writes has an effect in {}, by 95 % intervals "
      "that are not corrected for their number",
      of_layers(counts.direct, all));
  if (counts.direct.empty()) return text + ": there is nothing to make up for.";
  const size_t direct = counts.direct.size();
  std::vector<std::string> parts;
  if (!counts.part.empty())
    parts.push_back(fmt::format("make up for some of it in {}",
                                of_layers(counts.part, direct)));
  if (!counts.all.empty())
    parts.push_back(fmt::format("for more than all of it in {}",
                                of_layers(counts.all, direct)));
  if (!counts.added.empty())
    parts.push_back(
        fmt::format("add to it in {}", of_layers(counts.added, direct)));
  if (parts.empty())
    return text +
           "; in none of them is it told whether later parts make up "
           "for some of it or add to it.";
  text += "; later parts " + parts[0];
  for (size_t i = 1; i < parts.size(); ++i) text += ", " + parts[i];
  return text + ".";
}

// Whether random changes are made up for as well, at the layer that hurts most.
std::string beside_controls(const Summary& summary) {
  for (const LayerSummary& layer : summary.layers) {
    if (layer.layer != summary.headline.worst_layer || !layer.parts) continue;
    std::string text;
    for (const ControlDirect& control : layer.parts->controls) {
      const DirectSummary& draws = control.over_draws;
      if (control.cell != Cell::kPreset || !is_null(control.control) ||
          !draws.repair || !draws.interval)
        continue;
      text += fmt::format(
          "{} {} % (95 % interval over draws {} to {}) of the direct effect "
          "of {} changes",
          text.empty()
              ? fmt::format("At layer {} later parts make up for", layer.layer)
              : " and for",
          percent(*draws.repair), percent(draws.interval->low),
          percent(draws.interval->high), control_name(control.control));
    }
    if (text.empty()) return "";
    const DirectSummary& edit = layer.parts->direct;
    return text + (edit.repair && edit.interval
                       ? fmt::format("; of the edit's for {} % ({} to {}).",
                                     percent(*edit.repair),
                                     percent(edit.interval->low),
                                     percent(edit.interval->high))
                       : "; the edit has no direct effect there that is told "
                         "apart from 0.");
  }
  return "";
}

std::string error(const Summary& summary) {
  double largest = 0;
  for (const LayerSummary& layer : summary.layers)
    largest = std::max(largest, layer.parts ? layer.parts->error : 0.0);
  if (largest <= kToldError) return "";
  return fmt::format(
      "The shares of an effect miss it by up to {} nats, with 16 points "
      "of the integral.",
      nats(largest));
}

}  // namespace

std::vector<std::string> parts_text(const Summary& summary) {
  if (summary.layers.empty() || !summary.layers.front().parts) return {};
  return {where_it_arises(summary), repair(summary), beside_controls(summary),
          error(summary)};
}

}  // namespace excise
