#include "experiment/task/task_swap_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "core/number_text.h"
#include "experiment/common/sentence_parts.h"
#include "experiment/sweep/deed_words.h"

namespace excise {
namespace {

constexpr size_t kShownLines = 12;

std::string prompts_words(size_t count) {
  return fmt::format("{} prompt{}", count, count == 1 ? "" : "s");
}

// Of a task, some of which is tested.
std::string tested_of(size_t tested) {
  constexpr const char* kBoth =
      "the clean model solves both (behind the counterpart the foil is the "
      "likelier one)";
  if (tested > 0) {
    return fmt::format("{} {} tested, where {}", tested,
                       tested == 1 ? "is" : "are", kBoth);
  }
  return fmt::format("none is tested, for of none {}; --all-prompts tests all",
                     kBoth);
}

std::string tested_words(const TaskSwap& swap, bool all_prompts) {
  const size_t tested = swap.all.prompts, units = swap.all.whole.n;
  std::string text = fmt::format(
      "Swapped with counterparts of as many tokens: {}, {}.",
      prompts_words(swap.pairs.pairs.size()),
      all_prompts ? "all of them tested" : "of which " + tested_of(tested));
  if (units < tested) {
    text += fmt::format(
        " Prompts that are each other's counterparts count once, by their "
        "mean: n = {}.",
        units);
  }
  return text;
}

std::string lines_words(const std::vector<size_t>& lines) {
  std::string text = lines.size() == 1 ? "line " : "lines ";
  for (size_t i = 0; i < std::min(lines.size(), kShownLines); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(lines[i]);
  return text + (lines.size() > kShownLines ? ", …" : "");
}

std::string left_out_words(const TaskSwap& swap) {
  std::map<PairFault, std::vector<size_t>> lines;
  for (const UnpairedPrompt& one : swap.pairs.left_out)
    lines[one.fault].push_back(one.line);
  if (lines.empty()) return "";
  std::string text;
  for (const auto& [fault, of] : lines) {
    text += fmt::format("{}{} {} ({})", text.empty() ? "" : ", ", of.size(),
                        fault_words(fault), lines_words(of));
  }
  return fmt::format(
      "Left out of the swap: {} of {}: {}.", swap.pairs.left_out.size(),
      prompts_words(swap.pairs.pairs.size() + swap.pairs.left_out.size()),
      text);
}

std::string percents(std::vector<double> shares) {
  for (double& share : shares) share *= 100;
  return range_of(shares) + " %";
}

std::string found_words(const TaskSwap& swap, const Spec& spec) {
  if (swap.all.prompts == 0) return "";
  std::vector<size_t> acts, part, away;
  std::vector<double> shares;
  const TaskSwapLayer* most = nullptr;
  for (const TaskSwapLayer& layer : swap.by_layer) {
    const TaskSwapEffect& effect = layer.effect;
    if (!significant(effect.test)) continue;
    acts.push_back(layer.layer);
    const RatioOfMeans& share = effect.share;
    if (!share.ratio || !share.interval) continue;
    if (share.interval->high < 0) away.push_back(layer.layer);
    if (share.interval->low <= 0) continue;
    part.push_back(layer.layer);
    shares.push_back(*share.ratio);
    if (most == nullptr || *share.ratio > *most->effect.share.ratio)
      most = &layer;
  }
  std::string text = fmt::format(
      "The counterparts' values of {} in the place of the prompts' change the "
      "metric in {} (q < {})",
      components_words(spec), of_layers(acts, swap.by_layer.size()),
      kSignificance);
  const MeanTest& whole = swap.all.whole;
  if (!whole.ci_low || (*whole.ci_low <= 0 && *whole.ci_high >= 0)) {
    return text +
           "; that it differs between prompts and counterparts is not shown "
           "(95 % interval), so that no share of that is told.";
  }
  text += fmt::format(
      "; from a prompt to its counterpart it {} by {:.2f} nats on average",
      *whole.mean > 0 ? "falls" : "rises", std::abs(*whole.mean));
  if (acts.empty()) return text + ".";
  text += fmt::format(
      ", and the swap carries over part of that in {} (95 % interval above 0)",
      of_layers(part, swap.by_layer.size()));
  if (most != nullptr) {
    text += fmt::format(
        ": {}{} at layer {}, where the foil is the likelier one of {} of {}",
        percents(shares), part.size() > 1 ? ", most" : "", most->layer,
        most->effect.turned, prompts_words(swap.all.prompts));
  }
  if (!away.empty())
    text += fmt::format("; it goes the other way at {}", layer_list(away));
  return text + ".";
}

}  // namespace

std::string task_swap_words(const TaskSwap& swap, const Spec& spec,
                            bool all_prompts) {
  std::string text = tested_words(swap, all_prompts);
  for (const std::string& more :
       {left_out_words(swap), found_words(swap, spec)}) {
    if (!more.empty()) text += " " + more;
  }
  return text;
}

}  // namespace excise
