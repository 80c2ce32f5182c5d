#include "experiment/concept/concept_measure.h"

#include "experiment/common/token_selection.h"

namespace excise {
namespace {

bool is_measured(const ConceptText& text,
                 const std::optional<TextFilter>& only) {
  if (!only) return text.use != TextUse::kFit;
  return text.use == only->use && text.judges(only->way);
}

}  // namespace

Result<MeasuredConcept> measure_concept(
    const Model& model, const ConceptSpec& spec, HookPoint point,
    const EncodedConcept& words, std::span<const ConceptBranch> edits,
    const std::optional<TextFilter>& only, const Progress& progress,
    BranchAudit& audit) {
  const std::string_view stage = only ? "random directions" : "texts";
  MeasuredConcept measured;
  measured.control = EXCISE_TRY(measure_text(
      model, spec, point, edits, words.control_text, {}, {}, progress, audit));
  measured.effects.resize(words.texts.size());
  for (size_t i = 0; i < words.texts.size(); ++i) {
    if (!is_measured(words.texts[i], only)) continue;
    measured.effects[i] = EXCISE_TRY(
        measure_text(model, spec, point, edits, words.texts[i].ids, words.words,
                     words.control_words,
                     part_of(progress, stage, i, words.texts.size()), audit));
  }
  return measured;
}

std::vector<size_t> control_tokens(const EncodedConcept& words,
                                   const Positions& positions, TextUse use) {
  std::vector<size_t> tokens;
  for (const size_t t : reached_tokens(positions, words.control_text.size())) {
    if (words.control_use[t] == use) tokens.push_back(t);
  }
  return tokens;
}

ConceptEffect effect_of(const MeasuredConcept& measured,
                        const EncodedConcept& words, const Positions& positions,
                        size_t e, const TextFilter& filter) {
  std::vector<double> own, control;
  for (size_t i = 0; i < words.texts.size(); ++i) {
    if (!is_measured(words.texts[i], filter)) continue;
    own.push_back(measured.effects[i].own_words[e]);
    control.push_back(measured.effects[i].control_words[e]);
  }
  const auto tokens = control_tokens(words, positions, filter.use);
  return {.own_words = mean_interval(own),
          .control_words = mean_interval(control),
          .control_text =
              mean_interval(chosen(measured.control.next_token[e], tokens))};
}

}  // namespace excise
