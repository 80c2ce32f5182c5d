#include "cli/concept_table.h"

#include <fmt/format.h>

#include <array>

#include "cli/generation_text.h"

namespace excise {
namespace {

// The cell of a layer that its own choosing texts like best.
const ConceptCell& best_of(const LayerConcept& layer, ConceptSwitch way) {
  const ConceptCell* best = nullptr;
  for (const ConceptCell& cell : layer.cells) {
    if (cell.way != way) continue;
    if (best == nullptr || cell.choose.selectivity > best->choose.selectivity) {
      best = &cell;
    }
  }
  return *best;
}

std::string cells(const ConceptCell& cell) {
  return fmt::format("{:>6g} {:>+7.3f} {:>+7.3f} {:>+7.3f} {:>6.1f}",
                     cell.alpha, cell.report.own_words,
                     cell.report.control_words, cell.report.control_text,
                     cell.report.selectivity);
}

}  // namespace

std::string concept_table(const ConceptResult& result,
                          const Terminal& terminal) {
  std::string out =
      bold(fmt::format("{:>5} {:^13}   {:^37}   {:^37}", "layer", "probe",
                       "off", "on"),
           terminal) +
      "\n" +
      fmt::format(
          "{:>5} {:>6} {:>6}   {:>6} {:>7} {:>7} {:>7} {:>6}   {:>6} "
          "{:>7} {:>7} {:>7} {:>6}\n",
          "", "before", "after", "alpha", "own", "other", "text", "select",
          "alpha", "own", "other", "text", "select");
  for (size_t l = 0; l < result.layers.size(); ++l) {
    const LayerConcept& layer = result.layers[l];
    const bool chosen = l == result.off.layer || l == result.on.layer;
    const std::string line = fmt::format(
        "{:>5} {:>6.2f} {:>6.2f} {} {} {} {}", layer.layer, layer.probe_before,
        layer.probe_after, l == result.off.layer ? "*" : " ",
        cells(best_of(layer, ConceptSwitch::kOff)),
        l == result.on.layer ? "*" : " ",
        cells(best_of(layer, ConceptSwitch::kOn)));
    out += (chosen ? bold(line, terminal) : line) + "\n";
  }
  return out +
         wrapped(
             "probe: accuracy of a linear probe on texts that were not fitted "
             "on. own, other: log p(clean) - log p(edited) that the next token "
             "is one of the concept's words, or of the control words; text: of "
             "the next token of the control text; nats, in the texts kept for "
             "the report. select: wanted change of the own words / (0.02 + "
             "|text|). alpha: the best of the layer; * the best layer, both "
             "chosen on other texts.",
             terminal.width);
}

std::string concept_samples_text(const Model& model,
                                 const ConceptResult& result,
                                 const Terminal& terminal) {
  std::string out;
  for (const ConceptSample& sample : result.samples) {
    const std::array columns = {
        TextColumn{"clean", shown_text(model, sample.clean.ids)},
        TextColumn{"off", shown_text(model, sample.edited[0].ids)},
        TextColumn{"on", shown_text(model, sample.edited[1].ids)}};
    out += fmt::format("{} ...\n{}\n",
                       bold(shown_text(model, sample.prompt), terminal),
                       side_by_side(columns, terminal));
  }
  return out;
}

}  // namespace excise
