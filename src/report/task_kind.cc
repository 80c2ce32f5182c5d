#include <fmt/format.h>

#include <string>
#include <utility>

#include "report/control_series.h"
#include "report/corpus_panels.h"
#include "report/head_parts.h"
#include "report/method_panel.h"
#include "report/operator_words.h"
#include "report/panel_parts.h"
#include "report/passage.h"
#include "report/result_kind.h"
#include "report/result_reader.h"
#include "report/sweep_panels.h"
#include "report/task_panels.h"

namespace excise {
namespace {

Status read_task_result(const std::filesystem::path& path,
                        ResultFolder& folder) {
  const auto& prompts = value_at(folder.results, "/prompts");
  const size_t count = prompts.is_array() ? prompts.size() : 0;
  if (count == 0) {
    return bad_result(path / "results.json", "prompts",
                      "a list of what was asked", "none");
  }
  take_scan_grid(folder);
  const auto file = path / "arrays.safetensors";
  folder.file = EXCISE_TRY(TensorFile::open(file));
  std::vector<ExpectedArray> expected;
  for (const char* name : {"tested", "metric_clean", "solved_before"})
    expected.push_back({name, {count}, true});
  for (const char* name : {"metric_edited", "effect", "solved_after"})
    expected.push_back({name, {folder.layers.size(), count}, true});
  return read_arrays(file, expected, folder);
}

size_t count_at(const ResultFolder& folder, const char* pointer) {
  const double count = number_at(folder.results, pointer);
  return count >= 0 ? static_cast<size_t>(count) : 0;
}

Html task_head(const ResultFolder& folder) {
  Head head;
  head.change = (adds_a_class(folder) ? "with more of " : "without ") +
                removed_words(folder);
  head.facts = fmt::format(
      "{} \u00B7 {} solved \u00B7 {} tested \u00B7 {} \u00B7 {} \u00B7 {}",
      count_text(count_at(folder, "/task/prompts"), "prompt"),
      count_at(folder, "/task/solved_before"), count_at(folder, "/task/tested"),
      count_text(folder.layers.size(), "layer"), operator_name(folder),
      text_at(spec_of(folder), "/hook"));
  head.warnings = passage_parts(folder, "warnings");
  head.lead = passages_about(folder, {"effect"});
  for (std::string& part : passage_parts(folder, "controls")) {
    if (!of_another_control(folder, part)) head.lead.push_back(std::move(part));
  }
  for (std::string& part : passage_parts(folder, "flips"))
    head.lead.push_back(std::move(part));
  head.main = main_figure(folder);
  head.left_title = "The operator";
  head.left = operator_html(folder);
  head.right_title = "The task";
  head.right.raw("<p>");
  for (const char* topic : {"task", "basis"}) {
    for (const std::string& part : passage_parts(folder, topic))
      head.right.text(part + " ");
  }
  head.right.raw("</p>");
  return head_html(folder, head);
}

Panel task_method_panel(const ResultFolder& folder) {
  Method method{.command = "excise run experiment.toml --out again"};
  method.experiment = experiment_toml(folder, "excise.task-experiment/1");
  method.caveat.raw(
      "The tests speak of prompts like these, which are counted as "
      "independent; prompts made from one pattern, or about one thing, are "
      "not.");
  return method_panel(folder, method);
}

Result<std::vector<Panel>> task_panels(const ResultFolder& folder) {
  std::vector<Panel> panels = {task_flips_panel(folder),
                               task_prompts_panel(folder)};
  if (auto groups = corpus_groups_panel(folder))
    panels.push_back(std::move(*groups));
  if (auto cells = cells_panel(folder)) panels.push_back(std::move(*cells));
  panels.push_back(controls_panel(folder));
  panels.push_back(scan_panel(folder));
  if (auto sets = together_panel(folder)) panels.push_back(std::move(*sets));
  panels.push_back(task_method_panel(folder));
  return panels;
}

size_t first_row(const ResultFolder& folder) {
  return largest(folder.by_layer("/default_n/mean")).value_or(0);
}

}  // namespace

const ResultKind& task_kind() {
  static const ResultKind kKind = {.schema = "excise.task-sweep/1",
                                   .read = &read_task_result,
                                   .head = &task_head,
                                   .main_figure = &main_figure,
                                   .panels = &task_panels,
                                   .first_row = &first_row};
  return kKind;
}

}  // namespace excise
