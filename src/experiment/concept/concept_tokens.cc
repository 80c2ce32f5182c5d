#include "experiment/concept/concept_tokens.h"

#include <algorithm>

#include "experiment/concept/concept_effects.h"
#include "experiment/concept/probe.h"
#include "model/forward.h"

namespace excise {
namespace {

// The same with every row switched off.
Result<Matrix<float>> switched_off(const Decomposition& basis, double alpha,
                                   const Matrix<float>& values) {
  Matrix<float> off = values.clone();
  Matrix<float> delta(values.rows(), values.cols());
  EXCISE_CHECK(concept_change({0, &basis, ConceptSwitch::kOff, alpha},
                              Positions(), values, delta));
  for (size_t i = 0; i < off.size(); ++i) off.values()[i] += delta.values()[i];
  return off;
}

}  // namespace

Result<std::vector<ConceptTokens>> collect_tokens(
    const Model& model, std::span<const ConceptText> texts,
    std::span<const HookSite> sites, bool fit, const Progress& progress) {
  std::vector<const ConceptText*> taken;
  ConceptTokens labels;
  for (const ConceptText& text : texts) {
    if ((text.use == TextUse::kFit) != fit) continue;
    taken.push_back(&text);
    for (const int label : text.classes) {
      if (label < 0) continue;
      labels.classes.push_back(label);
      labels.pairs.push_back(static_cast<int>(text.pair));
    }
  }
  std::vector<ConceptTokens> collected(sites.size());
  for (ConceptTokens& one : collected) {
    one.classes = labels.classes;
    one.pairs = labels.pairs;
  }
  size_t first = 0;
  for (size_t i = 0; i < taken.size(); ++i) {
    const ConceptText& text = *taken[i];
    size_t end = first;
    std::vector<Hook> hooks;
    for (size_t s = 0; s < sites.size(); ++s) {
      hooks.push_back(
          {hook_name(sites[s]),
           [&, s](const HookSite&, MatrixView<float> value) -> Status {
             Matrix<float>& out = collected[s].values;
             if (out.empty()) {
               out = Matrix<float>(labels.classes.size(), value.cols());
             }
             end = first;
             for (size_t t = 0; t < value.rows(); ++t) {
               if (text.classes[t] < 0) continue;
               std::ranges::copy(value.row(t), out.row(end++).begin());
             }
             return {};
           }});
    }
    EXCISE_TRY(
        run_forward(model.config, model.weights, text.ids, hooks, progress));
    first = end;
    progress.advance(fit ? "fit" : "probe", i + 1, taken.size());
  }
  return collected;
}

Status probe_layer(const ConceptTokens& fit, const ConceptTokens& rest,
                   LayerConcept& layer) {
  layer.probe_before = EXCISE_TRY(
      probe_accuracy(fit.values, fit.classes, rest.values, rest.classes));
  for (ConceptCell& cell : layer.cells) {
    if (cell.way != ConceptSwitch::kOff) continue;
    cell.probe_after = EXCISE_TRY(probe_accuracy(
        EXCISE_TRY(switched_off(*layer.basis, cell.alpha, fit.values)),
        fit.classes,
        EXCISE_TRY(switched_off(*layer.basis, cell.alpha, rest.values)),
        rest.classes));
  }
  return {};
}

}  // namespace excise
