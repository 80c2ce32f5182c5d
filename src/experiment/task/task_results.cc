#include "experiment/task/task_results.h"

#include <nlohmann/json.hpp>

#include "experiment/common/json_values.h"
#include "experiment/sweep/spec_fields.h"
#include "experiment/task/task_swap_results.h"
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

Json layers_json(const TaskSweep& sweep) {
  Json layers = Json::array();
  for (const TaskLayer& layer : sweep.by_layer) {
    Json json = {{"layer", layer.layer},
                 {"effect", effect_json(layer.effect)},
                 {"solved_after", layer.solved_after},
                 {"lost", layer.flips.lost},
                 {"gained", layer.flips.gained},
                 {"mcnemar_p", number(layer.flips.mcnemar_p)}};
    json["groups"] = Json::array();
    for (size_t g = 0; g < layer.groups.size(); ++g) {
      json["groups"].push_back({{"group", sweep.groups[g].name},
                                {"effect", effect_json(layer.groups[g])}});
    }
    layers.push_back(std::move(json));
  }
  return layers;
}

Json results(const Model& model, std::span<const TaskRow> rows,
             const std::string& name, const TaskSweep& sweep,
             const Provenance& provenance) {
  Spec stated = sweep.spec;
  Json spec = {{"model", provenance.model_name}};
  add_fields(spec, sweep_fields(stated));
  Json refused = Json::array();
  for (const RefusedRow& row : sweep.prompts.refused) {
    refused.push_back({{"line", rows[row.row].line}, {"reason", row.reason}});
  }
  Json groups = Json::array();
  size_t tested = 0;
  for (const bool is_tested : sweep.tested) tested += is_tested ? 1 : 0;
  for (const TaskGroup& group : sweep.groups) {
    groups.push_back({{"group", group.name},
                      {"prompts", group.prompts},
                      {"tested", group.tested}});
  }
  std::vector<std::string> files = result_file_names(kSchema);
  if (!sweep.swap) std::erase(files, kTaskSwapFile);
  Json json = {{"schema", kSchema},
               {"task",
                {{"file", name},
                 {"rows", rows.size()},
                 {"prompts", sweep.prompts.prompts.size()},
                 {"solved_before", sweep.solved_before},
                 {"all_prompts", sweep.all_prompts},
                 {"tested", tested},
                 {"groups", std::move(groups)},
                 {"refused", std::move(refused)}}},
               {"basis_source", sweep.basis_source},
               {"layers", layers_json(sweep)},
               {"audit", audit_json(sweep.audit)},
               {"manifest",
                {{"program", program_json(provenance)},
                 {"files", std::move(files)},
                 {"spec", std::move(spec)},
                 {"model", model_json(model, provenance.model_name)},
                 {"seed", sweep.spec.seed}}}};
  if (sweep.swap)
    json["swap"] = task_swap_json(*sweep.swap, rows, sweep.prompts);
  return json;
}

std::string layers_csv(const TaskSweep& sweep) {
  std::string out =
      "layer,group,n,mean,sd,ci_low,ci_high,t,df,p,q,sign_flip_p,"
      "solved_before,solved_after,lost,gained,mcnemar_p\n";
  const auto effect = [&](CsvRow& row, const TaskEffect& of) {
    const MeanTest& test = of.test;
    row.count(test.n).number(test.mean).number(test.sd);
    row.number(test.ci_low).number(test.ci_high).number(test.t);
    row.number(test.df).number(test.p).number(test.q).number(of.sign_flip);
  };
  for (const TaskLayer& layer : sweep.by_layer) {
    {
      CsvRow row(out);
      row.count(layer.layer).text("");
      effect(row, layer.effect);
      row.count(sweep.solved_before).count(layer.solved_after);
      row.count(layer.flips.lost).count(layer.flips.gained);
      row.number(layer.flips.mcnemar_p);
    }
    for (size_t g = 0; g < layer.groups.size(); ++g) {
      CsvRow row(out);
      row.count(layer.layer).text(sweep.groups[g].name);
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
                                       const std::string& name,
                                       const TaskSweep& sweep,
                                       const Provenance& provenance) {
  std::string json = file_text(results(model, rows, name, sweep, provenance));
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
