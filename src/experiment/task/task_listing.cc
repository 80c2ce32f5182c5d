#include "experiment/task/task_listing.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "experiment/common/json_values.h"
#include "experiment/common/words.h"

namespace excise {
namespace {

Json tokens_json(const Model& model, const std::vector<int>& ids) {
  Json pieces = Json::array();
  for (const int id : ids) pieces.push_back(token_piece(model, id));
  return {{"ids", ids}, {"pieces", std::move(pieces)}};
}

Json prompt_json(const Model& model, const TaskListing& task, size_t i) {
  const TaskPrompt& prompt = task.prompts.prompts[i];
  const TaskRow& row = task.file.rows[prompt.row];
  const TaskScore& score = task.scores.clean[i];
  Json json = {{"line", row.line},
               {"group", row.group},
               {"prompt", tokens_json(model, prompt.prompt)},
               {"answer", tokens_json(model, prompt.answer)}};
  json["foil"] = row.foil ? tokens_json(model, prompt.foil) : Json();
  json["begins_twice"] = prompt.begins_twice;
  json["logprob_answer"] = number(score.answer);
  json["logprob_foil"] = number(score.foil);
  json["metric"] = number(score.metric());
  json["greedy"] = score.greedy;
  json["solved"] = score.solved();
  return json;
}

}  // namespace

Result<TaskListing> list_task(const Model& model, TaskFile file,
                              const Progress& progress) {
  TaskListing task{.file = std::move(file)};
  task.prompts = EXCISE_TRY(task_prompts(model, task.file.rows));
  BranchAudit audit;
  task.scores = EXCISE_TRY(model.weights.file().confirmed(score_task(
      model, task.prompts.prompts, {}, {}, RunOptions{}, progress, audit)));
  return task;
}

std::map<std::string, TaskCount> groups_of(const TaskListing& task) {
  std::map<std::string, TaskCount> groups;
  for (size_t i = 0; i < task.prompts.prompts.size(); ++i) {
    TaskCount& count =
        groups[task.file.rows[task.prompts.prompts[i].row].group];
    ++count.prompts;
    if (task.scores.clean[i].solved()) ++count.solved;
  }
  return groups;
}

TaskCount all_of(const TaskListing& task) {
  TaskCount all;
  for (const auto& [name, count] : groups_of(task)) {
    all.solved += count.solved;
    all.prompts += count.prompts;
  }
  return all;
}

std::string task_listing_json(const Model& model, const TaskListing& task) {
  const TaskCount all = all_of(task);
  Json json = {
      {"schema", "excise.task/1"},    {"rows", task.file.rows.size()},
      {"measured", all.prompts},      {"solved", all.solved},
      {"tokens", task.scores.tokens}, {"unread_columns", task.file.unread}};
  json["groups"] = Json::array();
  for (const auto& [name, count] : groups_of(task)) {
    json["groups"].push_back({{"group", name},
                              {"measured", count.prompts},
                              {"solved", count.solved}});
  }
  json["refused"] = Json::array();
  for (const RefusedRow& refused : task.prompts.refused) {
    json["refused"].push_back({{"line", task.file.rows[refused.row].line},
                               {"reason", refused.reason}});
  }
  json["prompts"] = Json::array();
  for (size_t i = 0; i < task.prompts.prompts.size(); ++i)
    json["prompts"].push_back(prompt_json(model, task, i));
  return file_text(json);
}

}  // namespace excise
