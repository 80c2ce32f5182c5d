#include "experiment/sweep/parts_results.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "experiment/sweep/summary_json.h"
#include "io/csv.h"

namespace excise {
namespace {

// Which part an entry of PartsSummary::shares is of.
struct PartName {
  std::string_view part;
  std::optional<size_t> layer;
};

PartName part_name(size_t share) {
  if (share == 0) return {"edit", std::nullopt};
  return {share % 2 == 1 ? "attn" : "mlp", (share - 1) / 2};
}

Json direct_json(const DirectSummary& direct) {
  Json json = {{"direct", mean_test(direct.effect)},
               {"repair", number(direct.repair)},
               {"repair_ci95", direct.interval ? interval(direct.interval->low,
                                                          direct.interval->high)
                                               : Json(nullptr)}};
  if (!direct.reason.empty()) json["repair_reason"] = direct.reason;
  return json;
}

Json controls_json(const std::vector<ControlDirect>& controls, Cell cell) {
  Json json = Json::object();
  for (const ControlDirect& control : controls) {
    if (control.cell != cell) continue;
    Json& one = json[std::string(control_name(control.control))];
    one = direct_json(control.over_draws);
    one["p_two_sided"] = number(control.p_two_sided);
  }
  return json;
}

}  // namespace

Json parts_json(const PartsSummary& parts) {
  Json json = direct_json(parts.direct);
  json["shares"] = Json::array();
  for (size_t i = 0; i < parts.shares.size(); ++i) {
    const MeanTest& share = parts.shares[i];
    const PartName name = part_name(i);
    json["shares"].push_back(
        {{"part", name.part},
         {"layer", name.layer ? Json(*name.layer) : Json(nullptr)},
         {"mean", number(share.mean)},
         {"ci95", share.ci_low && share.ci_high
                      ? interval(*share.ci_low, *share.ci_high)
                      : Json(nullptr)}});
  }
  json["largest_error"] = number(parts.error);
  json["points"] = parts.points;
  if (!parts.controls.empty())
    json["controls"] = controls_json(parts.controls, Cell::kPreset);
  if (parts.removed) {
    json["removed"] = direct_json(*parts.removed);
    if (!parts.controls.empty())
      json["removed"]["controls"] =
          controls_json(parts.controls, Cell::kRemoved);
  }
  return json;
}

std::string parts_csv(const Summary& summary) {
  std::string out = "layer,part,part_layer,n,mean,sd,ci_low,ci_high\n";
  for (const LayerSummary& layer : summary.layers) {
    if (!layer.parts) continue;
    for (size_t i = 0; i < layer.parts->shares.size(); ++i) {
      const MeanTest& share = layer.parts->shares[i];
      const PartName name = part_name(i);
      CsvRow row(out);
      row.count(layer.layer).text(name.part);
      name.layer ? row.count(*name.layer) : row.text("");
      row.count(share.n).number(share.mean).number(share.sd);
      row.number(share.ci_low).number(share.ci_high);
    }
  }
  return out;
}

void add_parts(TensorWriter& writer, const SweepResult& result) {
  if (result.findings.empty() ||
      result.findings.front().removal.parts.shares.empty())
    return;
  const size_t layers = result.findings.size(), tokens = result.ids.size();
  std::vector<double> shares, direct, removed;
  const auto add = [](auto&& values, std::vector<double>& to) {
    to.insert(to.end(), values.begin(), values.end());
  };
  for (const LayerFindings& findings : result.findings) {
    add(findings.removal.parts.shares.values(), shares);
    add(findings.removal.parts.direct, direct);
    if (findings.removed) add(findings.removed->parts.direct, removed);
  }
  writer.add(
      "parts",
      {layers, result.findings.front().removal.parts.shares.rows(), tokens},
      std::span<const double>(shares));
  writer.add("direct_logprob", {layers, tokens},
             std::span<const double>(direct));
  if (!removed.empty())
    writer.add("direct_logprob_removed", {layers, tokens},
               std::span<const double>(removed));
}

}  // namespace excise
