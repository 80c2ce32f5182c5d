#include "experiment/sweep/variants_results.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "experiment/sweep/summary_json.h"
#include "io/csv.h"

namespace excise {
namespace {

std::string_view verdict_name(const MeanTest& test) {
  const int verdict = verdict_of(test);
  return verdict > 0 ? "hurts" : verdict < 0 ? "helps" : "neither";
}

Json ratio_json(const std::optional<RatioOfMeans>& ratio) {
  if (!ratio || !ratio->ratio) return nullptr;
  return {{"ratio", number(ratio->ratio)},
          {"ci95", ratio->interval
                       ? interval(ratio->interval->low, ratio->interval->high)
                       : Json(nullptr)}};
}

}  // namespace

Json variants_json(const VariantsSummary& variants) {
  Json json = Json::object();
  for (const VariantTest& one : variants.tests) {
    json[one.id] = mean_test(one.test);
    json[one.id]["name"] = one.words;
    json[one.id]["verdict"] = verdict_name(one.test);
  }
  if (variants.find("none_kept") != nullptr)
    json["left_of_none_kept"] = ratio_json(variants.left);
  if (variants.find("swap") != nullptr)
    json["swap_of_other_text"] = ratio_json(variants.way);
  if (variants.find("visible") != nullptr)
    json["visible_of_removal"] = ratio_json(variants.visible);
  return json;
}

std::string variants_csv(const Summary& summary) {
  std::string out =
      "layer,variant,n,mean,sd,t,p,q,ci_low,ci_high,verdict,"
      "verdict_of_removal\n";
  for (const LayerSummary& layer : summary.layers) {
    for (const VariantTest& one : layer.variants.tests) {
      const MeanTest& test = one.test;
      CsvRow row(out);
      row.count(layer.layer).text(one.id);
      row.count(test.n).number(test.mean).number(test.sd);
      row.number(test.t).number(test.p).number(test.q);
      row.number(test.ci_low).number(test.ci_high);
      row.text(verdict_name(test));
      row.text(verdict_name(layer.removal.effect.default_n));
    }
  }
  return out;
}

void add_variants(TensorWriter& writer, const SweepResult& result) {
  for (size_t v = 0; v < result.variants.size(); ++v) {
    std::vector<double> effects;
    for (const LayerFindings& findings : result.findings)
      effects.insert(effects.end(), findings.variants[v].begin(),
                     findings.variants[v].end());
    writer.add("delta_logprob_" + result.variants[v].id,
               {result.findings.size(), result.ids.size()},
               std::span<const double>(effects));
  }
  if (result.other_text)
    writer.add("delta_logprob_other_text", {result.ids.size()},
               std::span<const double>(result.other_text->delta_logprob));
}

}  // namespace excise
