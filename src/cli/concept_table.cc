#include "cli/concept_table.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <span>

#include "cli/generation_text.h"
#include "core/number_text.h"
#include "experiment/concept/concept_choice.h"

namespace excise {
namespace {

// "+0.993", with a mark where it is not told apart from 0.
std::string effect_cell(const MeanInterval& value) {
  return fmt::format("{:>7}{}", signed_fixed_text(value.mean, 3),
                     value.apart_from_zero() ? " " : "~");
}

// The cell of this layer alone that the rule takes.
const ConceptCell& best_of(const ConceptResult& result, size_t l,
                           ConceptSwitch way) {
  const std::span<const LayerConcept> one(&result.layers[l], 1);
  const ConceptChoice choice = choose_cell(one, way, result.spec.max_damage);
  return one[0].cells[choice.cell];
}

std::string cells(const ConceptResult& result, const ConceptCell& cell) {
  const bool within =
      cell.choose.control_text.most_change() <= result.spec.max_damage;
  return fmt::format("{:>5g}{} {}{}{}", cell.alpha, within ? " " : "!",
                     effect_cell(cell.report.own_words),
                     effect_cell(cell.report.control_words),
                     effect_cell(cell.report.control_text));
}

}  // namespace

std::string concept_table(const ConceptResult& result,
                          const Terminal& terminal) {
  std::string out =
      bold(fmt::format("{:>5} {:>6}   {:^37}   {:^30}", "layer", "probe", "off",
                       "on"),
           terminal) +
      "\n" +
      fmt::format(
          "{:>5} {:>6}   {:>5}  {:>7} {:>7} {:>7}  {:>5}     {:>5}  "
          "{:>7} {:>7} {:>7}\n",
          "", "", "alpha", "own", "other", "text", "probe", "alpha", "own",
          "other", "text");
  for (size_t l = 0; l < result.layers.size(); ++l) {
    const LayerConcept& layer = result.layers[l];
    const bool chosen = l == result.off.layer || l == result.on.layer;
    const ConceptCell& off = best_of(result, l, ConceptSwitch::kOff);
    const std::string line =
        fmt::format("{:>5} {:>6.2f} {} {} {:>5.2f}   {} {}", layer.layer,
                    layer.probe_before, l == result.off.layer ? "*" : " ",
                    cells(result, off), off.probe_after.value_or(NAN),
                    l == result.on.layer ? "*" : " ",
                    cells(result, best_of(result, l, ConceptSwitch::kOn)));
    out += (chosen ? bold(line, terminal) : line) + "\n";
  }
  return out +
         wrapped(
             fmt::format(
                 "own, other: log p(clean) - log p(edited) that the next token "
                 "is one of the concept's words, or of the control words; "
                 "text: of the next token of the control text; nats, in the "
                 "texts and the part of the control text kept for the report. "
                 "~: the 95 % interval (over texts; over tokens of the control "
                 "text) includes 0, or there is none. probe: accuracy of a "
                 "linear probe on texts that were not fitted on, without an "
                 "edit, and switched off with the alpha beside it. alpha: the "
                 "strongest of the layer on its own words that keeps the "
                 "change of the control text, with its whole 95 % interval, "
                 "within {:g} nats, else (!) the least harmful; above 1 off "
                 "reflects. * the layer taken. All chosen on other texts.",
                 result.spec.max_damage),
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
