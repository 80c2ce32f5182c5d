#include <fmt/format.h>

#include <array>
#include <cmath>

#include "report/bins.h"
#include "report/lesion_captions.h"
#include "report/lesion_panels.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

const char* const kDefinition =
    "<p>t is the one-sample t of the paired differences first − second of a "
    "neuron's pre-activation at the word, over the pairs that were fitted on. "
    "A neuron whose differences do not vary has t = 0. The histograms have the "
    "same bins at every layer.</p>";

constexpr size_t kBins = 60;

Figure histogram_figure(const ResultFolder& folder) {
  const Matrix<double>& t = *folder.array("t");
  const Matrix<double>& group = *folder.array("group");
  const auto words = lesion_groups(folder);
  Figure figure{.id = "neurons-t",
                .title = "t of the neurons",
                .x = {.title = "t (above 0: larger for " + words[0].word + ")"},
                .y = {.title = "neurons"}};
  figure.follows_layer = true;
  figure.rules = {{0, true, ""}};
  const std::array<std::string, 3> names = {"neither", "for " + words[0].word,
                                            "for " + words[1].word};
  const std::array<Hue, 3> hues = {Hue::kControl, words[0].hue, words[1].hue};
  const auto range = range_of(t.values());
  for (size_t which = 0; which < names.size(); ++which) {
    Series series{
        .name = names[which], .mark = Mark::kSteps, .hue = hues[which]};
    series.x = Histogram(range, kBins).middles();
    for (size_t row = 0; row < t.rows(); ++row) {
      Histogram histogram(range, kBins);
      for (size_t i = 0; i < t.cols() && i < group.cols(); ++i) {
        if (group.row(row)[i] == static_cast<double>(which)) {
          histogram.add(t.row(row)[i]);
        }
      }
      series.y.insert(series.y.end(), histogram.counts.begin(),
                      histogram.counts.end());
    }
    figure.series.push_back(std::move(series));
  }
  for (size_t row = 0; row < folder.layers.size(); ++row)
    figure.says.push_back(t_caption(folder, row));
  return figure;
}

std::string reading(const ResultFolder& folder, size_t row) {
  const auto words = lesion_groups(folder);
  const auto& entry = folder.layer_entry(row);
  const auto t = folder.array("t")->row(row);
  const std::vector<double> values(t.begin(), t.end());
  std::string text = fmt::format(
      "At layer {}, {} neurons are larger for {}, {} for {}, and {} for "
      "neither",
      folder.layers[row], number_text(number_at(entry, "/n_first"), 9),
      words[0].word, number_text(number_at(entry, "/n_second"), 9),
      words[1].word, number_text(number_at(entry, "/n_neither"), 9));
  std::string surest;
  const auto add = [&](const char* count, std::optional<size_t> neuron,
                       const std::string& word) {
    if (!neuron || !(number_at(entry, count) > 0)) return;
    surest += fmt::format("{}neuron {} for {} (t = {})",
                          surest.empty() ? "; largest |t|: " : " and ", *neuron,
                          word, number_text(values[*neuron]));
  };
  add("/n_first", largest(values), words[0].word);
  add("/n_second", smallest(values), words[1].word);
  return text + surest + ".";
}

}  // namespace

Panel lesion_neurons_panel(const ResultFolder& folder) {
  Panel panel{.id = "neurons", .title = "How sharply do single neurons tell?"};
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    panel.readings.push_back(reading(folder, row));
  }
  panel.definition.raw(kDefinition);
  panel.slots.push_back({{histogram_figure(folder)}, true});
  return panel;
}

}  // namespace excise
