// Results of a concept that are made up, for tests of what is said of them.
#ifndef EXCISE_TESTING_MADE_CONCEPT_H_
#define EXCISE_TESTING_MADE_CONCEPT_H_

#include "experiment/concept/concept_run.h"

namespace excise {

inline MeanInterval made_mean(double mean, double half, size_t n = 4) {
  return {.n = n, .mean = mean, .ci95 = Interval{mean - half, mean + half}};
}

inline ConceptCell made_cell(ConceptSwitch way, double alpha, MeanInterval own,
                             MeanInterval text) {
  ConceptCell cell{way, alpha, {}, {}, std::nullopt};
  cell.choose = {own, made_mean(0, 0.1), text};
  cell.report = cell.choose;
  if (way == ConceptSwitch::kOff) cell.probe_after = 0.7 - 0.1 * alpha;
  return cell;
}

// One layer: off with alpha 1 and 2, on with alpha 1; off 2 is chosen.
inline ConceptResult made_concept() {
  ConceptResult result;
  result.spec.set.name = "made";
  LayerConcept& layer = result.layers.emplace_back();
  layer.layer = 3;
  layer.probe_before = 0.9;
  layer.cells = {made_cell(ConceptSwitch::kOff, 1, made_mean(1, 0.5),
                           made_mean(0.01, 0.02, 30)),
                 made_cell(ConceptSwitch::kOff, 2, made_mean(2, 0.5),
                           made_mean(0.02, 0.02, 30)),
                 made_cell(ConceptSwitch::kOn, 1, made_mean(-1, 0.5),
                           made_mean(0.03, 0.01, 30))};
  result.off = {0, 1, ChoiceRule::kWithinBound, 2, 2};
  result.on = {0, 2, ChoiceRule::kWithinBound, 1, 1};
  result.perplexity_clean = 40;
  result.n_control_choose = result.n_control_report = 30;
  result.n_fitted = 100;
  return result;
}

}  // namespace excise

#endif  // EXCISE_TESTING_MADE_CONCEPT_H_
