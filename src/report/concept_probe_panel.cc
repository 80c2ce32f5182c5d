#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "report/concept_panels.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

const char* const kDefinition =
    "<p>A ridge regression of the class (with the concept, or without it) on "
    "the activations of single tokens, fitted on the texts of the fit; "
    "its accuracy in the other texts, as the mean of both classes, so that 0.5 "
    "is chance. <em>After</em>: every token switched off with the strength "
    "that "
    "is named, and the probe fitted again. Switching on adds the same to every "
    "token, which such a probe does not see.</p>";

// The strengths whose probes are shown: removal, and what was chosen.
struct After {
  double alpha = 1;
  std::vector<double> accuracy;  // [n]
};

std::vector<After> afters(const ResultFolder& folder) {
  if (is_older_concept(folder)) return {{1, folder.by_layer("/probe_after")}};
  const ConceptWay& off = concept_ways().front();
  const ConceptChoice choice = concept_choice(folder, off);
  const auto alphas = concept_alphas(folder);
  const auto grid = concept_grid(folder, off, "/probe_after");
  std::vector<After> found;
  for (size_t col = 0; col < alphas.size(); ++col) {
    if (alphas[col] != 1 && !(choice.placed && col == choice.col)) continue;
    After& after = found.emplace_back(After{alphas[col], {}});
    for (size_t row = 0; row < grid.rows(); ++row) {
      after.accuracy.push_back(grid.row(row)[col]);
    }
  }
  return found;
}

Series line(const ResultFolder& folder, std::string name, Hue hue,
            std::vector<double> accuracy) {
  Series series{.name = std::move(name), .hue = hue};
  series.x = layer_places(folder);
  series.y = std::move(accuracy);
  series.labels = layer_labels(folder);
  return series;
}

std::string reading(const ResultFolder& folder) {
  const auto before = folder.by_layer("/probe_before");
  const auto best = largest(before);
  if (!best) return "No probe could be fitted.";
  std::string text =
      fmt::format("The largest accuracy of {} is {}, at layer {}",
                  count_text(folder.layers.size(), "layer"),
                  number_text(before[*best], 2), folder.layers[*best]);
  for (const After& after : afters(folder)) {
    text += fmt::format(", there {} with \u03B1 = {}",
                        number_text(after.accuracy[*best], 2),
                        number_text(after.alpha));
  }
  text += ". ";
  for (const After& after : afters(folder)) {
    const auto left = largest(after.accuracy);
    if (!left) continue;
    text += fmt::format(
        "Switched off with \u03B1 = {}, the largest of a new probe is {} "
        "(layer "
        "{}). ",
        number_text(after.alpha), number_text(after.accuracy[*left], 2),
        folder.layers[*left]);
  }
  return text +
         (folder.layers.size() > 1
              ? "Chance is 0.5 at one layer; the largest of several is above "
                "it by chance too."
              : "Chance is 0.5.");
}

}  // namespace

Panel concept_probe_panel(const ResultFolder& folder) {
  Panel panel{.id = "probe", .title = "Can a probe still find it?"};
  Figure figure{.id = "probe-accuracy",
                .title = "Accuracy of a linear probe by layer",
                .x = layer_axis(folder),
                .y = {.title = "accuracy"}};
  figure.y.range = {0, 1.02};
  figure.rules = {{0.5, false, "chance"}};
  constexpr std::array kHuesAfter = {Hue::kMeanAlone, Hue::kControl};
  size_t i = 0;
  for (After& after : afters(folder)) {
    figure.series.push_back(
        line(folder, "after, α = " + number_text(after.alpha),
             kHuesAfter[i++ % kHuesAfter.size()], std::move(after.accuracy)));
  }
  figure.series.push_back(
      line(folder, "before", Hue::kRemoval, folder.by_layer("/probe_before")));
  panel.readings = {reading(folder)};
  panel.definition.raw(kDefinition);
  panel.slots.push_back({{std::move(figure)}, true});
  return panel;
}

}  // namespace excise
