#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "report/panel_parts.h"
#include "report/task_panels.h"

namespace excise {
namespace {

constexpr size_t kMostListed = 60;
constexpr size_t kMostPoints = 1000;

const Matrix<double>& numbers(const ResultFolder& folder, const char* array) {
  return *folder.array(array);  // the reader requires it
}

std::string cell_text(const ResultFolder& folder, size_t prompt,
                      const char* key) {
  return text_at(value_at(folder.results, "/prompts").at(prompt), key);
}

// "The men ... | were": as it was asked, with what should follow.
std::string prompt_words(const ResultFolder& folder, size_t prompt) {
  return cell_text(folder, prompt, "/prompt") + " |" +
         cell_text(folder, prompt, "/answer");
}

// The tested prompts by their effect at a layer.
std::vector<size_t> ranked(const ResultFolder& folder, size_t row) {
  const Matrix<double>& effect = numbers(folder, "effect");
  std::vector<size_t> order;
  for (size_t i = 0; i < effect.cols(); ++i) {
    if (numbers(folder, "tested")(0, i) != 0 && !std::isnan(effect(row, i)))
      order.push_back(i);
  }
  std::ranges::stable_sort(order, {}, [&](size_t i) { return effect(row, i); });
  return order;
}

Figure spread_figure(const ResultFolder& folder, size_t row) {
  const Matrix<double>& effect = numbers(folder, "effect");
  const std::vector<size_t> order = ranked(folder, row);
  Figure figure{
      .id = "prompts-spread",
      .title = fmt::format("Effect on each tested prompt at layer {}, in order",
                           folder.layers[row]),
      .x = {.title = "share of the tested prompts, %"},
      .y = effect_axis(folder)};
  figure.rules = {{0, false, ""}};
  Series series{
      .name = "one prompt", .mark = Mark::kPoints, .hue = Hue::kRemoval};
  const size_t step = std::max<size_t>(1, order.size() / kMostPoints);
  for (size_t i = 0; i < order.size(); i += step) {
    series.x.push_back(100 * (static_cast<double>(i) + 0.5) /
                       static_cast<double>(order.size()));
    series.y.push_back(effect(row, order[i]));
    series.labels.push_back(prompt_words(folder, order[i]));
  }
  figure.series.push_back(std::move(series));
  return figure;
}

// The layers at which a prompt is not as the clean model has it.
std::vector<size_t> flips_of(const ResultFolder& folder, size_t prompt) {
  const Matrix<double>& after = numbers(folder, "solved_after");
  std::vector<size_t> layers;
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    if (after(row, prompt) != numbers(folder, "solved_before")(0, prompt))
      layers.push_back(folder.layers[row]);
  }
  return layers;
}

// Those that flip at most layers first.
std::vector<size_t> flipped(const ResultFolder& folder) {
  std::vector<std::pair<size_t, size_t>> found;  // layers, prompt
  for (size_t i = 0; i < numbers(folder, "tested").cols(); ++i) {
    if (const size_t count = flips_of(folder, i).size(); count > 0)
      found.emplace_back(count, i);
  }
  std::ranges::stable_sort(found, std::greater{},
                           [](const auto& one) { return one.first; });
  std::vector<size_t> prompts;
  for (const auto& [count, prompt] : found) prompts.push_back(prompt);
  return prompts;
}

// The metric that lies furthest from the clean one.
double furthest(const ResultFolder& folder, size_t prompt) {
  const Matrix<double>& edited = numbers(folder, "metric_edited");
  const double clean = numbers(folder, "metric_clean")(0, prompt);
  double found = clean;
  for (size_t row = 0; row < edited.rows(); ++row) {
    if (std::abs(edited(row, prompt) - clean) > std::abs(found - clean))
      found = edited(row, prompt);
  }
  return found;
}

Html flips_table(const ResultFolder& folder,
                 const std::vector<size_t>& prompts) {
  Table table("Prompts that flip", "flips",
              {"prompt", "answer", "foil", "group", "metric, clean",
               "furthest from it", "before", "other at layers"});
  for (size_t i = 0; i < std::min(prompts.size(), kMostListed); ++i) {
    const size_t prompt = prompts[i];
    table.begin_row(cell_text(folder, prompt, "/prompt"))
        .text(cell_text(folder, prompt, "/answer"))
        .text(cell_text(folder, prompt, "/foil"))
        .text(cell_text(folder, prompt, "/group"))
        .number(numbers(folder, "metric_clean")(0, prompt))
        .number(furthest(folder, prompt))
        .text(numbers(folder, "solved_before")(0, prompt) != 0 ? "solved"
                                                               : "not")
        .text(ranges_text(flips_of(folder, prompt)));
  }
  return table.html();
}

std::string reading(const ResultFolder& folder, size_t row) {
  const std::vector<size_t> order = ranked(folder, row);
  if (order.empty()) return "No prompt has an effect that can be told.";
  const Matrix<double>& effect = numbers(folder, "effect");
  const auto hurt = std::ranges::count_if(
      order, [&](size_t i) { return effect(row, i) > 0; });
  return fmt::format(
      "At layer {}, where the mean effect is largest, {} of {} are hurt, the "
      "most by {} nats (\u201C{}\u201D), the least by {} (\u201C{}\u201D).",
      folder.layers[row], hurt, count_text(order.size(), "tested prompt"),
      signed_text(effect(row, order.back())),
      prompt_words(folder, order.back()),
      signed_text(effect(row, order.front())),
      prompt_words(folder, order.front()));
}

}  // namespace

Panel task_prompts_panel(const ResultFolder& folder) {
  Panel panel{.id = "prompts", .title = "Which prompts mind?"};
  const size_t row = largest(folder.by_layer("/default_n/mean")).value_or(0);
  panel.readings = {reading(folder, row)};
  panel.definition.raw(
      "<p>A point is a tested prompt: its clean − edited metric at that layer. "
      "The list has all prompts that are solved before and not after, or the "
      "other way round, at one layer or more.</p>");
  panel.slots.push_back({{spread_figure(folder, row)}, true});
  const std::vector<size_t> prompts = flipped(folder);
  if (prompts.empty()) return panel;
  panel.after.raw("<details open><summary>")
      .text(prompts.size() <= kMostListed
                ? fmt::format("{} that flip",
                              count_text(prompts.size(), "prompt"))
                : fmt::format("{} of {} that flip; all are in task_prompts.csv",
                              kMostListed,
                              count_text(prompts.size(), "prompt")))
      .raw("</summary>")
      .add(flips_table(folder, prompts))
      .raw("</details>");
  return panel;
}

}  // namespace excise
