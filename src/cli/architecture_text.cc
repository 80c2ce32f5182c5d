#include "cli/architecture_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace excise {
namespace {

std::string positions_text(const ModelConfig& config) {
  const Architecture& a = config.architecture;
  const auto turns = [](const LayerAttention& layer) {
    return layer.rotary.has_value();
  };
  const auto turning = std::ranges::count_if(a.attention, turns);
  if (turning == 0)
    return a.learned_positions ? "learned positions" : "no positions";
  const size_t columns = 2 * a.rotaries.front().inverse_frequencies.size();
  std::string text = "rotary positions";
  if (columns < config.d_head) text += fmt::format(" of {} columns", columns);
  if (a.rotaries.size() > 1) text += ", others where there is a window";
  if (static_cast<size_t>(turning) < config.n_layers)
    text += fmt::format(" in {} of {} layers", turning, config.n_layers);
  return text;
}

std::string windows_text(const ModelConfig& config) {
  std::set<size_t> windows;
  size_t layers = 0;
  for (const LayerAttention& layer : config.architecture.attention) {
    if (layer.window == 0) continue;
    windows.insert(layer.window);
    ++layers;
  }
  if (layers == 0) return "";
  const std::string where =
      layers == config.n_layers
          ? "all layers"
          : fmt::format("{} of {} layers", layers, config.n_layers);
  return fmt::format(", a window of {} in {}", fmt::join(windows, " or "),
                     where);
}

}  // namespace

std::string attention_text(const ModelConfig& config) {
  const Architecture& a = config.architecture;
  std::string text =
      fmt::format("{} heads of {}", config.n_heads, config.d_head);
  if (config.n_kv_heads < config.n_heads)
    text += fmt::format(" on {} of keys and values", config.n_kv_heads);
  text += ", " + positions_text(config) + windows_text(config);
  if (a.qk_norm != QkNorm::kNone) text += ", queries and keys normed";
  if (a.attention.front().cap > 0)
    text += fmt::format(", scores capped at {}", a.attention.front().cap);
  return text;
}

std::string residual_text(const ModelConfig& config) {
  const Architecture& a = config.architecture;
  const std::string norm = a.norm == NormKind::kRms ? "RMSNorm" : "LayerNorm";
  const std::string place = a.norm_place == NormPlace::kBefore ? "before"
                            : a.norm_place == NormPlace::kAfter
                                ? "behind"
                                : "before and behind";
  std::string text = norm + " " + place + " attention and MLP, ";
  switch (a.residual) {
    case Residual::kSequential:
      return text + "one after the other";
    case Residual::kParallel:
      return text + "side by side";
    case Residual::kParallelOneNorm:
      break;
  }
  return text + "side by side behind one norm";
}

}  // namespace excise
