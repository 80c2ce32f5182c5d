#include "experiment/task/task_results.h"

#include <nlohmann/json.hpp>

#include "experiment/common/json_values.h"
#include "experiment/common/passages.h"
#include "experiment/sweep/over_units.h"
#include "experiment/sweep/summary_json.h"
#include "experiment/task/task_swap_results.h"
#include "experiment/task/task_text.h"
#include "io/csv.h"
#include "io/own_files.h"

namespace excise {
namespace {

constexpr const char* kSchema = "excise.task-sweep/1";

Json effect_json(const TaskEffect& effect) {
  const MeanTest& test = effect.test;
  Json json = {
      {"n", test.n}, {"mean", number(test.mean)}, {"sd", number(test.sd)}};
  json["ci95"] = test.ci_low ? interval(*test.ci_low, *test.ci_high) : Json();
  json["t"] = number(test.t);
  json["df"] = number(test.df);
  json["p"] = number(test.p);
  json["q"] = number(test.q);
  json["cohen_d"] = number(test.cohen_d);
  json["sign_flip_p"] = number(effect.sign_flip);
  add_reason(json, test.reason);
  return json;
}

// Not measured of prompts.
void keep_what_is_over_prompts(Json& json) {
  keep_what_is_over_units(json);
  for (const char* key : {"kl_mean", "top1_changed_share"}) {
    json.erase(key);
    for (const char* cell : {"removed_branch", "empty_branch"}) {
      if (json.contains(cell) && json[cell].is_object()) json[cell].erase(key);
    }
  }
}

Json layers_json(const TaskSweep& sweep) {
  Json layers = Json::array();
  for (size_t i = 0; i < sweep.by_layer.size(); ++i) {
    const TaskLayer& layer = sweep.by_layer[i];
    Json json = layer_json(sweep.summary.layers[i]);
    keep_what_is_over_prompts(json);
    json["solved_after"] = layer.solved_after;
    json["lost"] = layer.flips.lost;
    json["gained"] = layer.flips.gained;
    json["mcnemar_p"] = number(layer.flips.mcnemar_p);
    layers.push_back(std::move(json));
  }
  return layers;
}

Json groups_json(const TaskSweep& sweep) {
  Json groups = Json::array();
  for (size_t g = 0; g < sweep.groups.size(); ++g) {
    Json layers = Json::array();
    for (const TaskLayer& layer : sweep.by_layer)
      layers.push_back(effect_json(layer.groups[g]));
    groups.push_back({{"name", sweep.groups[g].name},
                      {"prompts", sweep.groups[g].prompts},
                      {"tested", sweep.groups[g].tested},
                      {"layers", std::move(layers)}});
  }
  return groups;
}

// Of each that was measured, in the order of the arrays.
Json prompts_json(std::span<const TaskRow> rows, const TaskSweep& sweep) {
  Json prompts = Json::array();
  for (size_t i = 0; i < sweep.prompts.prompts.size(); ++i) {
    const TaskRow& of = rows[sweep.prompts.prompts[i].row];
    const TaskScore& clean = sweep.scores.clean[i];
    prompts.push_back({{"line", of.line},
                       {"group", of.group},
                       {"prompt", of.prompt},
                       {"answer", of.answer},
                       {"foil", of.foil ? Json(*of.foil) : Json()},
                       {"tested", bool{sweep.tested[i]}},
                       {"metric", number(clean.metric())},
                       {"solved", clean.solved()}});
  }
  return prompts;
}

// What the folder holds. Prompts and basis lie in it where no other file has
// them.
Json files_of(const TaskSpec& spec) {
  auto files = result_file_names(kSchema);
  constexpr const char* kBasis = "basis.safetensors";
  if (spec.swap.empty()) std::erase(files, kTaskSwapFile);
  if (!spec.given) std::erase(files, "task.jsonl");
  if (spec.source.file != kBasis) std::erase(files, kBasis);
  return files;
}

Json results(const Model& model, std::span<const TaskRow> rows,
             const TaskSpec& asked, const TaskSweep& sweep,
             const Provenance& provenance) {
  TaskSpec stated = asked;
  Json spec = {{"model", provenance.model_name}};
  add_fields(spec, task_fields(stated));
  Json refused = Json::array();
  for (const RefusedRow& row : sweep.prompts.refused) {
    refused.push_back({{"line", rows[row.row].line}, {"reason", row.reason}});
  }
  size_t tested = 0;
  for (const bool is_tested : sweep.tested) tested += is_tested ? 1 : 0;
  const std::vector<Passage> passages = task_passages(sweep);
  const Summary& summary = sweep.summary;
  Json json = {
      {"schema", kSchema},
      {"summary", joined(passages)},
      {"passages", passage_list(passages)},
      {"warnings", warnings_json(summary.warnings)},
      {"headline", headline_json(summary.headline)},
      {"task",
       {{"file", asked.task},
        {"rows", rows.size()},
        {"prompts", sweep.prompts.prompts.size()},
        {"solved_before", sweep.solved_before},
        {"foils", sweep.has_foils()},
        {"all_prompts", sweep.all_prompts},
        {"tested", tested},
        {"refused", std::move(refused)}}},
      {"basis_source", sweep.basis_source},
      {"share_vs_t_default_n", share_versus_t(summary.share_vs_t_default_n)},
      {"layers", layers_json(sweep)},
      {"groups", groups_json(sweep)},
      {"prompts", prompts_json(rows, sweep)},
      {"audit", audit_json(sweep.audit)},
      {"manifest",
       {{"program", program_json(provenance)},
        {"files", files_of(asked)},
        {"spec", std::move(spec)},
        {"model", model_json(model, provenance.model_name)},
        {"seed", sweep.spec.seed}}}};
  if (const auto& scan = sweep.spec.scan)
    json["scan"] = scan_headline_json(*scan, summary.headline);
  if (sweep.swap) json["swap"] = task_swap_json(*sweep.swap);
  if (!summary.together.empty()) {
    json["together"] = together_json(sweep.spec, summary.together);
    for (Json& one : json["together"]) keep_what_is_over_prompts(one);
  }
  return json;
}

std::string layers_csv(const TaskSweep& sweep) {
  std::string out =
      "layer,group,share,n,mean,sd,ci_low,ci_high,t,df,p,q,sign_flip_p,"
      "solved_before,solved_after,lost,gained,mcnemar_p\n";
  const auto effect = [&](CsvRow& row, const TaskEffect& of) {
    const MeanTest& test = of.test;
    row.count(test.n).number(test.mean).number(test.sd);
    row.number(test.ci_low).number(test.ci_high).number(test.t);
    row.number(test.df).number(test.p).number(test.q).number(of.sign_flip);
  };
  for (size_t i = 0; i < sweep.by_layer.size(); ++i) {
    const TaskLayer& layer = sweep.by_layer[i];
    const LayerSummary& over = sweep.summary.layers[i];
    {
      CsvRow row(out);
      row.count(layer.layer).text("").number(over.share);
      effect(row,
             {over.removal.effect.default_n, over.removal.effect.sign_flip_p});
      row.count(sweep.solved_before).count(layer.solved_after);
      row.count(layer.flips.lost).count(layer.flips.gained);
      row.number(layer.flips.mcnemar_p);
    }
    for (size_t g = 0; g < layer.groups.size(); ++g) {
      CsvRow row(out);
      row.count(layer.layer).text(sweep.groups[g].name).text("");
      effect(row, layer.groups[g]);
      for (int empty = 0; empty < 5; ++empty) row.text("");
    }
  }
  return out;
}

std::string prompts_csv(std::span<const TaskRow> rows, const TaskSweep& sweep) {
  std::string out =
      "line,group,prompt,answer,foil,tested,layer,metric_clean,metric_edited,"
      "effect,solved_before,solved_after\n";
  for (size_t i = 0; i < sweep.prompts.prompts.size(); ++i) {
    const TaskRow& of = rows[sweep.prompts.prompts[i].row];
    const TaskScore& clean = sweep.scores.clean[i];
    for (size_t l = 0; l < sweep.layers.size(); ++l) {
      const TaskScore& edited = sweep.scores.edited[l][i];
      CsvRow row(out);
      row.count(of.line).text(of.group).text(of.prompt).text(of.answer);
      row.text(of.foil.value_or("")).count(sweep.tested[i] ? 1 : 0);
      row.count(sweep.layers[l]).number(clean.metric());
      row.number(edited.metric()).number(clean.metric() - edited.metric());
      row.count(clean.solved() ? 1 : 0).count(edited.solved() ? 1 : 0);
    }
  }
  return out;
}

}  // namespace

Result<std::string> write_task_results(const OutputFolder& folder,
                                       const Model& model,
                                       std::span<const TaskRow> rows,
                                       const TaskSpec& spec,
                                       const TaskSweep& sweep,
                                       const Provenance& provenance) {
  std::string json = file_text(results(model, rows, spec, sweep, provenance));
  EXCISE_CHECK(folder.write_text("task_layers.csv", layers_csv(sweep)));
  EXCISE_CHECK(folder.write_text("task_prompts.csv", prompts_csv(rows, sweep)));
  if (sweep.swap) {
    EXCISE_CHECK(folder.write_text(
        kTaskSwapFile,
        task_swap_csv(*sweep.swap, rows, sweep.prompts, sweep.scores.edited)));
  }
  EXCISE_CHECK(folder.write_text("results.json", json));
  return json;
}

}  // namespace excise
