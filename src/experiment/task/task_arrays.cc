#include "experiment/task/task_arrays.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace excise {
namespace {

void add(TensorWriter& writer, std::string name, std::vector<size_t> shape,
         const std::vector<double>& values) {
  writer.add(std::move(name), std::move(shape),
             std::span<const double>(values));
}

void add(TensorWriter& writer, std::string name, std::vector<size_t> shape,
         const std::vector<int64_t>& values) {
  writer.add(std::move(name), std::move(shape),
             std::span<const int64_t>(values));
}

}  // namespace

TensorWriter task_arrays(std::span<const TaskRow> rows,
                         const TaskSweep& sweep) {
  const size_t prompts = sweep.prompts.prompts.size();
  const size_t layers = sweep.layers.size();
  std::vector<int64_t> line, tested, solved_clean, solved_edited;
  std::vector<double> metric_clean, metric_edited, effect;
  for (size_t i = 0; i < prompts; ++i) {
    const TaskScore& clean = sweep.scores.clean[i];
    line.push_back(
        static_cast<int64_t>(rows[sweep.prompts.prompts[i].row].line));
    tested.push_back(sweep.tested[i] ? 1 : 0);
    solved_clean.push_back(clean.solved() ? 1 : 0);
    metric_clean.push_back(clean.metric());
  }
  for (size_t l = 0; l < layers; ++l) {
    for (size_t i = 0; i < prompts; ++i) {
      const TaskScore& edited = sweep.scores.edited[l][i];
      solved_edited.push_back(edited.solved() ? 1 : 0);
      metric_edited.push_back(edited.metric());
      effect.push_back(metric_clean[i] - edited.metric());
    }
  }
  TensorWriter writer;
  add(writer, "layers", {layers},
      std::vector<int64_t>(sweep.layers.begin(), sweep.layers.end()));
  add(writer, "line", {prompts}, line);
  add(writer, "tested", {prompts}, tested);
  add(writer, "metric_clean", {prompts}, metric_clean);
  add(writer, "metric_edited", {layers, prompts}, metric_edited);
  add(writer, "effect", {layers, prompts}, effect);
  add(writer, "solved_before", {prompts}, solved_clean);
  add(writer, "solved_after", {layers, prompts}, solved_edited);
  return writer;
}

}  // namespace excise
