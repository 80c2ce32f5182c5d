#include <fmt/format.h>

#include <cmath>

#include "report/bent_axis.h"
#include "report/head_parts.h"
#include "report/lesion_captions.h"
#include "report/lesion_panels.h"
#include "report/panel_parts.h"
#include "report/passage.h"

namespace excise {
namespace {

const char* const kDefinition =
    "<p>A neuron belongs to a word where the paired differences of its "
    "pre-activation have q at most the limit (Benjamini–Hochberg over the "
    "neurons of the layer) and the sign of that word. A change is clean − "
    "lesioned, in logits, mean over all tests: above 0 the word loses. "
    "<em>Size of change</em> is the mean of |change| over tests, both words "
    "and the groups that have neurons. <em>Own loss</em> is what the word of "
    "the zeroed neurons "
    "loses beyond the other; q of its two-sided t over tests, "
    "Benjamini–Hochberg over "
    "layers.</p>";

Series line(const ResultFolder& folder, const std::string& name, Hue hue,
            std::vector<double> values) {
  Series series{.name = name, .mark = Mark::kLineAndPoints, .hue = hue};
  series.x = layer_places(folder);
  series.y = std::move(values);
  series.labels = layer_labels(folder);
  return series;
}

// The neurons of a group, in % of all.
std::vector<double> percent_of(const ResultFolder& folder, const char* group) {
  const auto counts = folder.by_layer(group);
  const auto all = static_cast<double>(folder.array("t")->cols());
  std::vector<double> percent;
  for (const double count : counts) percent.push_back(100 * count / all);
  return percent;
}

Figure neurons_figure(const ResultFolder& folder) {
  const auto groups = lesion_groups(folder);
  Figure figure{.id = "profile-neurons",
                .title = "Neurons that tell the words apart",
                .x = layer_axis(folder),
                .y = {.title = "% of the neurons"}};
  figure.y.range = {0, 104};
  figure.series.push_back(
      line(folder, "both", Hue::kNet, folder.by_layer("/significant_percent")));
  figure.series.push_back(line(folder, "larger for " + groups[0].word,
                               groups[0].hue, percent_of(folder, "/n_first")));
  figure.series.push_back(line(folder, "larger for " + groups[1].word,
                               groups[1].hue, percent_of(folder, "/n_second")));
  figure.says = {neurons_caption(folder)};
  return figure;
}

Figure size_figure(const ResultFolder& folder) {
  Figure figure{.id = "profile-size",
                .title = "Size of the change when they are zeroed",
                .x = layer_axis(folder),
                .y = {.title = "mean |change|, logits"}};
  figure.rules = {{0, false, ""}};
  const auto both = folder.by_layer("/mean_abs_delta_logit");
  figure.series.push_back(line(folder, "both groups", Hue::kNet, both));
  for (const LesionGroup& group : lesion_groups(folder)) {
    figure.series.push_back(
        line(folder, "those for " + group.word, group.hue,
             by_layer(folder, group, "/mean_abs_delta_logit")));
    figure.series.back().dashed = true;
  }
  bend_where_dwarfed(both, figure);
  figure.says = {size_caption(folder)};
  return figure;
}

Figure change_figure(const ResultFolder& folder, const LesionGroup& zeroed) {
  Figure figure{.id = zeroed.index == 0 ? "profile-first" : "profile-second",
                .title = "With the neurons for " + zeroed.word + " zeroed",
                .x = layer_axis(folder),
                .y = {.title = "change, logits (above 0: loses)"}};
  figure.rules = {{0, false, ""}};
  std::vector<double> all;
  const auto groups = lesion_groups(folder);
  for (const LesionGroup& word : groups) {
    const auto values = by_layer(
        folder, zeroed,
        word.index == 0 ? "/delta_logit_first" : "/delta_logit_second");
    all.insert(all.end(), values.begin(), values.end());
    figure.series.push_back(line(
        folder, word.word + (word.index == zeroed.index ? " (own word)" : ""),
        word.hue, values));
  }
  bend_where_dwarfed(all, figure);
  figure.says = {balance_caption(folder, zeroed)};
  return figure;
}

Html layer_table(const ResultFolder& folder) {
  const auto groups = lesion_groups(folder);
  std::vector<std::string> columns = {"layer", "neurons for " + groups[0].word,
                                      "for " + groups[1].word, "significant, %",
                                      "|change|, logits"};
  for (const LesionGroup& group : groups) {
    for (const char* column :
         {"own loss, logits", "t", "q", "random p, one-sided"}) {
      columns.push_back("zeroed " + group.word + ": " + column);
    }
  }
  Table table("The laminar profile", "laminar", columns);
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& entry = folder.layer_entry(row);
    table.begin_row(std::to_string(folder.layers[row]));
    for (const char* key : {"/n_first", "/n_second", "/significant_percent",
                            "/mean_abs_delta_logit"}) {
      table.number(number_at(entry, key), 4);
    }
    for (const LesionGroup& group : groups) {
      for (const char* key : {
               "/selective_loss/mean",
               "/selective_loss/t",
               "/selective_loss/q",
           }) {
        table.number(number_at(entry, (group.key + key).c_str()));
      }
      const std::string random = group.key + "/random/selective_loss_p";
      table.number(number_at_either(entry, (random + "_one_sided").c_str(),
                                    random.c_str()));
    }
  }
  return table.html();
}

std::string reading(const ResultFolder& folder) {
  const auto size = folder.by_layer("/mean_abs_delta_logit");
  const auto most = largest(size), least = smallest(size);
  if (!most) return "Nothing could be lesioned.";
  if (*most == *least) {
    return fmt::format(
        "Zeroing the neurons of either word changes the two logits by {} on "
        "average at layer {}.",
        number_text(size[*most]), folder.layers[*most]);
  }
  return fmt::format(
      "Zeroing the neurons of either word changes the two logits most at layer "
      "{}, by {} on average, and least at layer {}, by {}.",
      folder.layers[*most], number_text(size[*most]), folder.layers[*least],
      number_text(size[*least]));
}

}  // namespace

Panel lesion_profile_panel(const ResultFolder& folder) {
  Panel panel{.id = "profile",
              .title = "At which layers are the two words told apart?"};
  panel.readings = {reading(folder)};
  panel.definition.raw(kDefinition);
  panel.slots.push_back({{neurons_figure(folder)}, false});
  panel.slots.push_back({{size_figure(folder)}, false});
  for (const LesionGroup& group : lesion_groups(folder)) {
    panel.slots.push_back({{change_figure(folder, group)}, false});
  }
  panel.after.raw("<details><summary>All numbers by layer</summary>")
      .add(layer_table(folder))
      .raw("</details>");
  return panel;
}

}  // namespace excise
