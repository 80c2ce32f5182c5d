#include "experiment/median/median_results.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "experiment/common/json_values.h"
#include "experiment/common/words.h"
#include "experiment/median/median_spec.h"
#include "experiment/median/median_summary.h"
#include "io/csv.h"
#include "io/own_files.h"
#include "io/safetensors.h"

namespace excise {
namespace {

Json cell_json(const MedianCell& cell, const Prediction& clean) {
  Json json = {
      {"percent", cell.percent},
      {"count", cell.count},
      {"delta_logprob", number(cell.delta_logprob)},
      {"delta_logit", number(cell.delta_logit)},
      {"prob_edited", number(std::exp(clean.logprob - cell.delta_logprob))},
      {"kl", number(cell.kl)},
      {"top1_changed", cell.top1_changed}};
  json["random"] = nullptr;
  if (cell.random_p_one_sided) {
    const auto draws = static_cast<double>(cell.random.size());
    double mean = 0;
    for (const double d : cell.random) mean += d / draws;
    json["random"] = {{"draws", cell.random.size()},
                      {"mean", number(mean)},
                      {"p_one_sided", number(cell.random_p_one_sided)}};
  }
  return json;
}

Json layers_json(const MedianResult& result) {
  const size_t shares = result.spec.percent.size();
  Json layers = Json::array();
  for (size_t i = 0; i < result.layers.size(); ++i) {
    Json cells = Json::array();
    for (size_t j = 0; j < shares; ++j) {
      cells.push_back(cell_json(result.cells[i * shares + j], result.clean));
    }
    layers.push_back(
        {{"layer", result.layers[i]}, {"cells", std::move(cells)}});
  }
  return layers;
}

Json spec_json(MedianSpec spec, const std::string& model_name) {
  Json json = {{"model", model_name}};
  add_fields(json, median_fields(spec));
  return json;
}

std::string results_text(const Model& model, const MedianResult& result,
                         const Provenance& provenance) {
  Json pieces = Json::array();
  for (const int id : result.ids) pieces.push_back(token_piece(model, id));
  const MedianCell& worst = result.worst();
  const std::vector<Passage> passages = median_passages(model, result);
  Json json = {
      {"schema", "excise.median/2"},
      {"summary", joined(passages)},
      {"passages", passage_list(passages)},
      {"target",
       {{"id", result.target}, {"piece", token_piece(model, result.target)}}},
      {"clean",
       {{"logprob", number(result.clean.logprob)},
        {"prob", number(std::exp(result.clean.logprob))},
        {"logit", number(result.clean.logit)},
        {"rank", result.clean_rank},
        {"top1", result.clean_top1},
        {"top1_piece", token_piece(model, result.clean_top1)}}},
      {"worst",
       {{"layer", worst.layer},
        {"percent", worst.percent},
        {"delta_logprob", number(worst.delta_logprob)}}},
      {"layers", layers_json(result)},
      {"audit", audit_json(result.audit)},
      {"tokens", {{"ids", result.ids}, {"pieces", std::move(pieces)}}},
      {"manifest",
       {{"program", program_json(provenance)},
        {"files", result_file_names("excise.median/2")},
        {"spec", spec_json(result.spec, provenance.model_name)},
        {"model", model_json(model, provenance.model_name)},
        {"hook", "blocks.{l}.mlp.hook_pre"},
        {"passes", result.passes}}}};
  add_run(json["manifest"], result.spec, result.threads, result.seconds,
          provenance);
  return file_text(json);
}

std::string cells_csv(const MedianResult& result) {
  std::string out =
      "layer,percent,count,delta_logprob,delta_logit,prob_edited,kl,"
      "top1_changed,random_p_one_sided\n";
  for (const MedianCell& cell : result.cells) {
    CsvRow row(out);
    row.count(cell.layer).number(cell.percent).count(cell.count);
    row.number(cell.delta_logprob).number(cell.delta_logit);
    row.number(std::exp(result.clean.logprob - cell.delta_logprob));
    row.number(cell.kl).count(cell.top1_changed ? 1 : 0);
    row.number(cell.random_p_one_sided);
  }
  return out;
}

TensorWriter cells_arrays(const MedianResult& result) {
  const size_t layers = result.layers.size();
  const size_t shares = result.spec.percent.size();
  const size_t draws = result.spec.random;
  std::vector<double> logprob, logit, kl, random;
  std::vector<int64_t> top1_changed, count;
  for (const MedianCell& cell : result.cells) {
    logprob.push_back(cell.delta_logprob);
    logit.push_back(cell.delta_logit);
    kl.push_back(cell.kl);
    top1_changed.push_back(cell.top1_changed ? 1 : 0);
    random.insert(random.end(), cell.random.begin(), cell.random.end());
    if (count.size() < shares)
      count.push_back(static_cast<int64_t>(cell.count));
  }
  const auto integers = [](const auto& from) {
    return std::vector<int64_t>(from.begin(), from.end());
  };
  const std::vector<int64_t> ids = integers(result.ids);
  const std::vector<int64_t> layer = integers(result.layers);
  TensorWriter writer;
  writer.add("ids", {ids.size()}, std::span<const int64_t>(ids));
  writer.add("layers", {layers}, std::span<const int64_t>(layer));
  writer.add("percent", {shares}, std::span<const double>(result.spec.percent));
  writer.add("count", {shares}, std::span<const int64_t>(count));
  writer.add("delta_logprob", {layers, shares},
             std::span<const double>(logprob));
  writer.add("delta_logit", {layers, shares}, std::span<const double>(logit));
  writer.add("kl", {layers, shares}, std::span<const double>(kl));
  writer.add("top1_changed", {layers, shares},
             std::span<const int64_t>(top1_changed));
  if (draws > 0) {
    writer.add("delta_logprob_random", {layers, shares, draws},
               std::span<const double>(random));
  }
  writer.set_metadata("schema", "excise.median-arrays/1");
  return writer;
}

}  // namespace

Result<std::string> write_median_results(const OutputFolder& folder,
                                         const Model& model,
                                         const MedianResult& result,
                                         const Provenance& provenance) {
  const std::string json = results_text(model, result, provenance);
  EXCISE_CHECK(folder.write_text("results.json", json));
  EXCISE_CHECK(folder.write_text("median.csv", cells_csv(result)));
  EXCISE_CHECK(
      folder.write_text("experiment.toml", median_spec_to_toml(result.spec)));
  EXCISE_CHECK(cells_arrays(result).write(folder.path("arrays.safetensors")));
  return json;
}

}  // namespace excise
