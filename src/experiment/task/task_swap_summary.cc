// The statistics of a swap with counterparts.
#include <algorithm>
#include <map>
#include <utility>

#include "core/random.h"
#include "experiment/sweep/effect_tests.h"
#include "experiment/task/task_swap.h"
#include "math/statistics/finite.h"
#include "math/statistics/sign_flip.h"

namespace excise {
namespace {

// Of the seed, for each layer and group.
constexpr uint64_t kSwapStream = uint64_t{11} << 31;

// The foil is the likelier one.
bool turned(const TaskScore& score) { return score.metric() < 0; }

// Means over the pairs of each unit, in the order of the units.
std::vector<double> by_unit(const TaskSwap& swap, std::span<const size_t> pairs,
                            std::span<const TaskScore> other) {
  std::map<size_t, std::pair<double, size_t>> sums;
  for (const size_t i : pairs) {
    auto& [sum, count] = sums[swap.pairs.pairs[i].unit];
    sum += swap.clean[i].metric() - other[i].metric();
    ++count;
  }
  std::vector<double> means;
  for (const auto& [unit, of] : sums)
    means.push_back(of.first / static_cast<double>(of.second));
  return means;
}

Result<TaskSwapEffect> effect_of(const TaskSwap& swap,
                                 std::span<const TaskScore> swapped,
                                 std::span<const TaskScore> removed,
                                 std::span<const size_t> pairs,
                                 size_t permutations, Random random) {
  TaskSwapEffect effect;
  for (const size_t i : pairs) effect.turned += turned(swapped[i]) ? 1 : 0;
  const std::vector<double> whole = by_unit(swap, pairs, swap.counterpart);
  const std::vector<double> moved = by_unit(swap, pairs, swapped);
  effect.test = EXCISE_TRY(test_mean_of(moved));
  effect.removed = EXCISE_TRY(test_mean_of(by_unit(swap, pairs, removed))).mean;
  if (!all_finite(whole) || !all_finite(moved)) {
    effect.share.n = whole.size();
    effect.share.reason = kNotFinite;
    return effect;
  }
  effect.sign_flip = EXCISE_TRY(sign_flip_p(moved, permutations, random));
  effect.share = EXCISE_TRY(ratio_of_means(moved, whole));
  return effect;
}

Result<TaskSwapGroup> group_of(const TaskSwap& swap, std::string name,
                               std::span<const size_t> pairs) {
  return TaskSwapGroup{
      .name = std::move(name),
      .prompts = pairs.size(),
      .whole =
          EXCISE_TRY(test_mean_of(by_unit(swap, pairs, swap.counterpart)))};
}

}  // namespace

Status test_swap(const TaskSwapInput& input, TaskSwap& swap) {
  std::vector<size_t> tested;
  std::map<std::string, std::vector<size_t>> groups;
  for (size_t i = 0; i < swap.pairs.pairs.size(); ++i) {
    const TaskPrompt& prompt =
        input.prompts.prompts[swap.pairs.pairs[i].prompt];
    std::vector<size_t>& group = groups[input.rows[prompt.row].group];
    swap.tested.push_back(input.all_prompts || (swap.clean[i].solved() &&
                                                turned(swap.counterpart[i])));
    if (!swap.tested.back()) continue;
    tested.push_back(i);
    group.push_back(i);
  }
  // Of prompts without a name.
  if (groups.size() == 1 && groups.contains("")) groups.clear();
  swap.all = EXCISE_TRY(group_of(swap, "", tested));
  for (const auto& [name, pairs] : groups)
    swap.groups.push_back(EXCISE_TRY(group_of(swap, name, pairs)));
  const uint64_t streams = 1 + groups.size();
  for (size_t l = 0; l < input.layers.size(); ++l) {
    TaskSwapLayer layer{.layer = input.layers[l]};
    const std::vector<TaskScore>& swapped = swap.swapped[l];
    uint64_t stream = kSwapStream + layer.layer * streams;
    std::vector<TaskScore> removed;
    for (const TaskPair& pair : swap.pairs.pairs)
      removed.push_back(input.removed[l][pair.prompt]);
    const auto effect = [&](std::span<const size_t> pairs) {
      return effect_of(swap, swapped, removed, pairs, input.spec.permutations,
                       Random(input.spec.seed, stream++));
    };
    layer.effect = EXCISE_TRY(effect(tested));
    for (const auto& [name, pairs] : groups)
      layer.groups.push_back(EXCISE_TRY(effect(pairs)));
    for (size_t i = 0; i < swapped.size(); ++i) {
      const bool before = swap.clean[i].solved(), after = swapped[i].solved();
      layer.lost += before && !after ? 1 : 0;
      layer.gained += after && !before ? 1 : 0;
    }
    swap.by_layer.push_back(std::move(layer));
  }
  std::vector<MeanTest*> all, of_groups;
  for (TaskSwapLayer& layer : swap.by_layer) {
    all.push_back(&layer.effect.test);
    for (TaskSwapEffect& group : layer.groups) of_groups.push_back(&group.test);
  }
  EXCISE_CHECK(adjust_over_layers(all));
  return adjust_over_layers(of_groups);
}

}  // namespace excise
