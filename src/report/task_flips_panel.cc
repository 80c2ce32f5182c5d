#include <fmt/format.h>

#include <utility>

#include "report/panel_parts.h"
#include "report/passage.h"
#include "report/task_panels.h"

namespace excise {
namespace {

// {}: what solves a prompt.
constexpr const char kDefinition[] =
    "<p>A prompt is solved where {}. <em>Lost</em> are those that the clean "
    "model solves and the edited one does not, <em>gained</em> the others that "
    "flip, of all prompts, tested or not. McNemar\u2019s exact test asks "
    "whether as many would flip one way by tosses of a coin; its p stands for "
    "one layer.</p><p>The <em>effect</em> is the mean of clean − edited metric "
    "over the tested prompts, each counted once, with its one-sample t against "
    "0 and 95&nbsp;% interval; q is the two-sided p after Benjamini–Hochberg "
    "over layers, and the sign-flip p takes no shape for granted. The "
    "<em>share of variance</em> is the mean over the texts of the passes.</p>";

Figure flips_figure(const ResultFolder& folder) {
  Figure figure{.id = "task-flips",
                .title = "Prompts that flip",
                .x = layer_axis(folder),
                .y = {.title = "prompts (below 0: gained)"}};
  figure.rules = {{0, false, ""}};
  Series lost{.name = "lost", .mark = Mark::kBars, .hue = Hue::kRemoval};
  lost.x = layer_places(folder);
  lost.y = folder.by_layer("/lost");
  lost.labels = layer_labels(folder);
  Series gained{.name = "gained", .mark = Mark::kBars, .hue = Hue::kNet};
  gained.x = lost.x;
  for (const double count : folder.by_layer("/gained"))
    gained.y.push_back(-count);
  gained.labels = lost.labels;
  figure.series = {std::move(lost), std::move(gained)};
  return figure;
}

Figure solved_figure(const ResultFolder& folder) {
  const auto& task = value_at(folder.results, "/task");
  Figure figure{.id = "task-solved",
                .title = "Prompts that are solved after the edit",
                .x = layer_axis(folder),
                .y = {.title = "prompts"}};
  figure.y.range = {0, number_at(task, "/prompts")};
  figure.rules = {{number_at(task, "/solved_before"), false, "before"}};
  Series solved{
      .name = "solved", .mark = Mark::kLineAndPoints, .hue = Hue::kRemoval};
  solved.x = layer_places(folder);
  solved.y = folder.by_layer("/solved_after");
  solved.labels = layer_labels(folder);
  figure.series.push_back(std::move(solved));
  return figure;
}

Html layer_table(const ResultFolder& folder) {
  Table table(
      "All layers", "layers",
      {"layer", "share of variance, %", "effect, nats", "95 % from", "to", "t",
       "q", "sign-flip p", "solved after", "lost", "gained", "McNemar p"});
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& entry = folder.layer_entry(row);
    table.begin_row(std::to_string(folder.layers[row]))
        .number(number_at(entry, "/share"))
        .number(number_at(entry, "/default_n/mean"), 4)
        .number(interval_end(entry, "/default_n/ci95", 0))
        .number(interval_end(entry, "/default_n/ci95", 1));
    for (const char* key : {"/default_n/t", "/default_n/q", "/sign_flip_p"})
      table.number(number_at(entry, key));
    for (const char* key : {"/solved_after", "/lost", "/gained"})
      table.number(number_at(entry, key), 9);
    table.number(number_at(entry, "/mcnemar_p"));
  }
  return table.html();
}

}  // namespace

Panel task_flips_panel(const ResultFolder& folder) {
  Panel panel{.id = "flips", .title = "Are answers lost?"};
  panel.statements = passage_parts(folder, "flips");
  for (std::string& part : passage_parts(folder, "selection"))
    panel.statements.push_back(std::move(part));
  const auto& foils = value_at(folder.results, "/task/foils");
  panel.definition.raw(
      fmt::format(kDefinition, foils.is_boolean() && foils.get<bool>()
                                   ? "log p(answer) is above log p(foil)"
                                   : "greedy decoding gives the answer"));
  panel.slots.push_back({{solved_figure(folder)}, false});
  panel.slots.push_back({{flips_figure(folder)}, false});
  panel.after.raw("<details><summary>All numbers by layer</summary>")
      .add(layer_table(folder))
      .raw("</details>");
  return panel;
}

}  // namespace excise
