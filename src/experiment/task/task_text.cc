#include "experiment/task/task_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "core/number_text.h"
#include "experiment/sweep/deed_words.h"
#include "experiment/sweep/summary_text.h"
#include "experiment/task/task_swap_words.h"

namespace excise {
namespace {

std::string measured(const TaskSweep& sweep) {
  const size_t prompts = sweep.prompts.prompts.size();
  std::string text =
      fmt::format("{} prompt{}, {} solved by the clean model. ", prompts,
                  prompts == 1 ? "" : "s", sweep.solved_before);
  text += sweep.all_prompts ? "All of them are tested"
                            : "Tested are those that it solves";
  text += fmt::format(
      ", each counted once, by how much the edit takes from its metric, {}.",
      metric_words(sweep));
  if (!sweep.has_foils())
    text += " A prompt is solved where greedy decoding gives the answer.";
  return text;
}

// Of prompts that are tested because they are solved.
std::string selected(const TaskSweep& sweep) {
  if (sweep.all_prompts) return "";
  return fmt::format(
      "The metric of prompts that are tested because the clean model solves "
      "them is {} by choice, and any change takes some of it; {}.",
      sweep.has_foils() ? "above 0" : "high",
      sweep.spec.controls.empty()
          ? "--controls random-rank,norm-matched would tell how much"
          : "the controls tell how much");
}

// Of the layer with the least p, corrected for having looked at all.
std::string flips(const TaskSweep& sweep) {
  const auto p = [&](const TaskLayer& layer) {
    return std::min(1.0, layer.flips.mcnemar_p.value_or(1) *
                             static_cast<double>(sweep.by_layer.size()));
  };
  const auto flip = [](const TaskLayer& layer) {
    return layer.flips.lost + layer.flips.gained > 0;
  };
  if (std::ranges::none_of(sweep.by_layer, flip))
    return "No prompt flips between solved and not solved at any layer.";
  const TaskLayer& least = *std::ranges::min_element(
      sweep.by_layer, {}, [&](const TaskLayer& layer) {
        return std::pair(p(layer), flip(layer) ? 0 : 1);
      });
  const bool apart = p(least) < kSignificance;
  return fmt::format(
      "Of all {} prompts the model solves {} before and {} after the edit at "
      "layer {} ({} lost, {} gained): {} (McNemar's exact p{} = {}{}).",
      sweep.prompts.prompts.size(), sweep.solved_before, least.solved_after,
      least.layer, least.flips.lost, least.flips.gained,
      apart ? "more than chance would flip one way"
            : "not told apart from flips by chance",
      sweep.by_layer.size() > 1
          ? fmt::format(" times the {} layers", sweep.by_layer.size())
          : "",
      short_text(p(least), 2),
      sweep.by_layer.size() > 1 && !apart ? ", the least of them" : "");
}

}  // namespace

std::string metric_words(const TaskSweep& sweep) {
  return sweep.has_foils() ? "log p(answer | prompt) - log p(foil | prompt)"
                           : "log p(answer | prompt)";
}

std::vector<Passage> task_passages(const TaskSweep& sweep) {
  std::vector<Passage> passages = {
      {"task", measured(sweep)},
      {"basis", shared_basis_words(sweep.spec.source, "prompts")}};
  std::ranges::move(summary_passages(sweep.over_prompts, sweep.summary),
                    std::back_inserter(passages));
  if (sweep.swap)
    passages.push_back(
        {"swap", task_swap_words(*sweep.swap, sweep.spec, sweep.all_prompts)});
  passages.push_back({"flips", flips(sweep)});
  passages.push_back({"selection", selected(sweep)});
  return said(std::move(passages));
}

}  // namespace excise
