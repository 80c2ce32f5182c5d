#include <fmt/format.h>

#include <cmath>

#include "report/concept_panels.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

const char* const kDefinition =
    "<p>A ridge regression of the class (text with the concept, or without "
    "it) on the activations of single tokens, fitted on the texts of the fit; "
    "its accuracy in the other texts, as the mean of both classes, so that 0.5 "
    "is chance. <em>After</em>: everything switched off with α = 1, and the "
    "probe fitted again.</p>";

Series line(const ResultFolder& folder, const char* name, Hue hue,
            const char* key) {
  Series series{.name = name, .hue = hue};
  series.x = layer_places(folder);
  series.y = folder.by_layer(key);
  series.labels = layer_labels(folder);
  return series;
}

std::string reading(const ResultFolder& folder) {
  const auto before = folder.by_layer("/probe_before");
  const auto after = folder.by_layer("/probe_after");
  const auto best = largest(before), left = largest(after);
  if (!best || !left) return "No probe could be fitted.";
  return fmt::format(
      "The concept can be read off best at layer {} (accuracy {}, there {} "
      "after); switched off, the best that a new probe reaches at any layer is "
      "{} (layer {}). Chance is 0.5.",
      folder.layers[*best], number_text(before[*best], 2),
      number_text(after[*best], 2), number_text(after[*left], 2),
      folder.layers[*left]);
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
  figure.series = {line(folder, "after", Hue::kMeanAlone, "/probe_after"),
                   line(folder, "before", Hue::kRemoval, "/probe_before")};
  panel.readings = {reading(folder)};
  panel.definition.raw(kDefinition);
  panel.slots.push_back({{std::move(figure)}, true});
  return panel;
}

}  // namespace excise
