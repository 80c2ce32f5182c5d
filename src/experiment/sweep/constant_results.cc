#include "experiment/sweep/constant_results.h"

#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "experiment/sweep/summary_json.h"
#include "io/csv.h"

namespace excise {

Json constant_json(const ConstantSummary& constant) {
  Json tries = Json::array();
  for (const ConstantTry& one : constant.tries)
    tries.push_back({{"code", number(one.value)}, {"mean", number(one.cost)}});
  return {{"code", number(constant.value)},
          {"percentile", number(constant.percentile)},
          {"codes_1_99", interval(constant.range.low, constant.range.high)},
          {"at_edge", constant.at_edge},
          {"n_chosen_on", constant.n_chosen_on},
          {"effect", mean_test(constant.effect)},
          {"removal", mean_test(constant.removal)},
          {"removal_minus_constant", mean_test(constant.gain)},
          {"tries", std::move(tries)}};
}

std::string constant_csv(const Summary& summary) {
  std::string out = "layer,code,mean_chosen_on,best\n";
  for (const LayerSummary& layer : summary.layers) {
    if (!layer.constant) continue;
    for (const ConstantTry& one : layer.constant->tries) {
      CsvRow row(out);
      row.count(layer.layer).number(one.value).number(one.cost);
      row.count(one.value == layer.constant->value ? 1 : 0);
    }
  }
  return out;
}

void add_constants(TensorWriter& writer, const Summary& summary) {
  std::vector<double> effects;
  size_t tokens = 0;
  for (const LayerSummary& layer : summary.layers) {
    if (!layer.constant) return;
    const auto& d = layer.constant->delta_logprob;
    tokens = d.size();
    effects.insert(effects.end(), d.begin(), d.end());
  }
  writer.add("delta_logprob_constant", {summary.layers.size(), tokens},
             std::span<const double>(effects));
}

}  // namespace excise
