#include "experiment/task/task_swap_results.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "experiment/sweep/summary_json.h"
#include "io/csv.h"

namespace excise {
namespace {

Json share_json(const RatioOfMeans& share) {
  Json json = {{"ratio", number(share.ratio)}};
  json["ci95"] = share.interval
                     ? interval(share.interval->low, share.interval->high)
                     : Json();
  add_reason(json, share.reason);
  return json;
}

Json group_json(const TaskSwapGroup& group) {
  return {{"tested", group.prompts}, {"whole", mean_test(group.whole)}};
}

Json effect_json(const TaskSwapEffect& effect) {
  Json json = {{"effect", mean_test(effect.test)}};
  json["effect"]["sign_flip_p"] = number(effect.sign_flip);
  json["removed"] = number(effect.removed);
  json["share"] = share_json(effect.share);
  json["turned"] = effect.turned;
  return json;
}

Json groups_json(const TaskSwap& swap) {
  Json groups = Json::array();
  for (size_t g = 0; g < swap.groups.size(); ++g) {
    Json json = {{"name", swap.groups[g].name}};
    json.update(group_json(swap.groups[g]));
    json["layers"] = Json::array();
    for (const TaskSwapLayer& layer : swap.by_layer)
      json["layers"].push_back(effect_json(layer.groups[g]));
    groups.push_back(std::move(json));
  }
  return groups;
}

}  // namespace

Json task_swap_json(const TaskSwap& swap) {
  Json json = {{"pairs", swap.pairs.pairs.size()}};
  json.update(group_json(swap.all));
  json["left_out"] = Json::array();
  for (const UnpairedPrompt& one : swap.pairs.left_out) {
    json["left_out"].push_back({{"line", one.line},
                                {"why", std::string(fault_words(one.fault))},
                                {"reason", one.reason}});
  }
  json["layers"] = Json::array();
  for (const TaskSwapLayer& layer : swap.by_layer) {
    Json of = {{"layer", layer.layer}};
    of.update(effect_json(layer.effect));
    of["lost"] = layer.lost;
    of["gained"] = layer.gained;
    json["layers"].push_back(std::move(of));
  }
  json["groups"] = groups_json(swap);
  return json;
}

std::string task_swap_csv(const TaskSwap& swap, std::span<const TaskRow> rows,
                          const TaskPrompts& prompts,
                          std::span<const std::vector<TaskScore>> removed) {
  std::string out =
      "line,group,prompt,counterpart,answer,foil,tested,unit,layer,"
      "metric_clean,metric_counterpart,metric_removed,metric_swapped,effect,"
      "solved_before,"
      "solved_after\n";
  for (size_t i = 0; i < swap.pairs.pairs.size(); ++i) {
    const TaskPair& pair = swap.pairs.pairs[i];
    const TaskRow& of = rows[prompts.prompts[pair.prompt].row];
    for (size_t l = 0; l < swap.by_layer.size(); ++l) {
      const TaskScore& clean = swap.clean[i];
      const TaskScore& swapped = swap.swapped[l][i];
      CsvRow row(out);
      row.count(of.line).text(of.group).text(of.prompt);
      row.text(of.counterpart.value_or("")).text(of.answer);
      row.text(of.foil.value_or("")).count(swap.tested[i] ? 1 : 0);
      row.count(pair.unit).count(swap.by_layer[l].layer);
      row.number(clean.metric()).number(swap.counterpart[i].metric());
      row.number(removed[l][pair.prompt].metric());
      row.number(swapped.metric()).number(clean.metric() - swapped.metric());
      row.count(clean.solved() ? 1 : 0).count(swapped.solved() ? 1 : 0);
    }
  }
  return out;
}

}  // namespace excise
