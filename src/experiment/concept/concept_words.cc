#include "experiment/concept/concept_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/number_text.h"
#include "experiment/common/sentence_parts.h"
#include "experiment/concept/concept_choice.h"
#include "intervention/linear_basis.h"
#include "math/statistics/empirical_p.h"

namespace excise {
namespace {

constexpr size_t kFewTokens = 10;

std::string times(double nats) {
  return fmt::format("{:.2f}", std::exp(std::abs(nats)));
}

const char* direction(double nats) { return nats > 0 ? "less" : "more"; }

std::string count(size_t n, const char* noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

// "95 % interval 1.20 to 1.90 over 4 texts" of a factor.
std::string factor_interval(const MeanInterval& change) {
  if (!change.ci95) return count(change.n, "text") + ", so no interval";
  const auto [low, high] = *change.ci95;
  const std::string over = " over " + count(change.n, "text");
  if (low >= 0) {
    return fmt::format("95 % interval {} to {}{}", times(low), times(high),
                       over);
  }
  if (high <= 0) {
    return fmt::format("95 % interval {} to {}{}", times(high), times(low),
                       over);
  }
  return fmt::format(
      "95 % interval {} times more to {} times less{}: not told apart from no "
      "change",
      times(low), times(high), over);
}

std::string nats_words(const MeanInterval& change) {
  if (!std::isfinite(change.mean)) return "no number";
  if (!change.ci95) {
    return fmt::format("{} nats a token, {}, so no interval",
                       signed_fixed_text(change.mean, 3),
                       count(change.n, "token"));
  }
  return fmt::format(
      "{} nats a token, 95 % interval {} to {} over {}{}",
      signed_fixed_text(change.mean, 3), signed_fixed_text(change.ci95->low, 3),
      signed_fixed_text(change.ci95->high, 3), count(change.n, "token"),
      change.apart_from_zero() ? "" : ": not told apart from 0");
}

// With its first letter large.
std::string begun(std::string text) {
  text[0] = static_cast<char>(std::toupper(text[0]));
  return text;
}

std::string place(const LayerConcept& layer, const ConceptCell& cell) {
  return fmt::format("layer {} with alpha {:g}", layer.layer, cell.alpha);
}

std::string choice_text(const ConceptResult& result, ConceptSwitch way) {
  const ConceptChoice& choice = result.choice(way);
  const ConceptCell& cell = result.cell_of(choice);
  const std::string here = place(result.layer_of(choice), cell);
  const std::string name(concept_switch_name(way));
  const double bound = result.spec.max_damage;
  if (choice.rule == ChoiceRule::kNothingKnown) {
    // Such a cell is taken only where all are like it.
    if (!std::isfinite(cell.choose.own_words.mean)) {
      return fmt::format(
          "For {}, the change of its words in the choosing texts has no number "
          "in any cell: {} is the first of {}.",
          name, here, choice.tried);
    }
    return fmt::format(
        "For {}, nothing is known of the change of the control text, so no "
        "bound on it holds: {} is the strongest on its words in the choosing "
        "texts.",
        name, here);
  }
  if (choice.rule == ChoiceRule::kLeastDamage) {
    return fmt::format(
        "For {}, none of {} keeps the change of the control text, with its "
        "whole 95 % interval, within {:g} nats a token: {} comes nearest, with "
        "up to {:.3f} in its choosing part.",
        name, count(choice.tried, "cell"), bound, here,
        cell.choose.control_text.most_change());
  }
  return fmt::format(
      "For {}, {} of {} (layers and strengths) {} the change of the control "
      "text, with its whole 95 % interval, within {:g} nats a token; of those "
      "{} is the strongest on its words in the choosing texts.",
      name, choice.within, count(choice.tried, "cell"),
      choice.within == 1 ? "keeps" : "keep", bound, here);
}

std::string probe_text(const LayerConcept& layer, const ConceptCell& cell) {
  if (!cell.probe_after) return {};
  return fmt::format(
      " A linear probe at that layer tells tokens with the concept from "
      "others with accuracy {:.2f} without the edit and {:.2f} with it, fitted "
      "again (chance 0.50).",
      layer.probe_before, *cell.probe_after);
}

// An earlier fit may have been on the texts that report.
bool fit_saw_no_report(const ConceptResult& result) {
  return result.spec.basis_file.empty() ||
         result.fit.text_fingerprint == concept_fingerprint(result.spec.set);
}

std::string effect_text(const ConceptResult& result, const LayerConcept& layer,
                        const ConceptCell& cell) {
  const MeanInterval& own = cell.report.own_words;
  std::string text = fmt::format(
      "{} at layer {}, its words become {} in texts that {}",
      begun(concept_deed(cell.way, cell.alpha)), layer.layer,
      likelihood_words(own),
      fit_saw_no_report(result) ? "neither the fit nor the choice saw"
                                : "the choice did not see");
  if (wanted_sign(cell.way) * own.mean < 0) {
    text += own.apart_from_zero() ? "; the wrong way, so this is no switch"
                                  : "; the mean is on the wrong side";
  }
  return text + "." + probe_text(layer, cell);
}

std::string cost_text(const ConceptResult& result, const ConceptCell& cell) {
  const MeanInterval& text = cell.report.control_text;
  const double after = result.perplexity_clean * std::exp(text.mean);
  const std::string others =
      "Other words become " + likelihood_words(cell.report.control_words);
  if (!std::isfinite(after)) {
    return others + "; the reporting part of the control text has no " +
           (text.n == 0 ? "token that the edit can reach." : "number.");
  }
  return fmt::format(
      "{}; the perplexity of the reporting part of the control text goes from "
      "{:.1f} to {:.1f} ({}).",
      others, result.perplexity_clean, after, nats_words(text));
}

// Where the control text's change lies among those of the draws.
std::string among(const MeanInterval& real, const std::vector<double>& draws) {
  const auto above = std::ranges::count_if(
      draws, [&](double value) { return value >= real.mean; });
  const auto below = std::ranges::count_if(
      draws, [&](double value) { return value <= real.mean; });
  return fmt::format("{} of them at or above its change, {} at or below it",
                     above, below);
}

std::string chance_text(const ConceptResult& result, ConceptSwitch way) {
  const ConceptChoice& choice = result.choice(way);
  const ConceptCell& cell = result.cell_of(choice);
  const ConceptDraws& draws = result.draws(way);
  if (!draws.own_words_p_one_sided) return {};
  const double real = cell.report.own_words.mean;
  const auto as_much = std::ranges::count_if(
      draws.own_words,
      [&](double value) { return wanted_sign(way) * (value - real) >= 0; });
  const size_t n = draws.own_words.size();
  std::string text = fmt::format(
      "Of {} of the same size at this layer and alpha, {} {} its words at "
      "least as much {} likely (one-sided p = {:.3f}",
      count(n, "random direction"), as_much, as_much == 1 ? "makes" : "make",
      way == ConceptSwitch::kOff ? "less" : "more",
      *draws.own_words_p_one_sided);
  if (choice.tried > 1) {
    text += fmt::format("; that this cell was chosen among {} is not in it",
                        choice.tried);
  }
  text += ")";
  if (draws.control_text_p_two_sided) {
    text += fmt::format("; for the control text {} (two-sided p = {:.3f})",
                        among(cell.report.control_text, draws.control_text),
                        *draws.control_text_p_two_sided);
  }
  text += ".";
  if (smallest_p(n, Tail::kAbove) > 0.05) {
    text += fmt::format(" No p below {:.2g} is possible with so few.",
                        smallest_p(n, Tail::kAbove));
  }
  return text;
}

// The cell of this layer that takes out what is along the direction, once.
std::string removal_text(const ConceptResult& result, const LayerConcept& layer,
                         const ConceptCell& taken) {
  if (taken.way != ConceptSwitch::kOff || taken.alpha == 1) return {};
  for (const ConceptCell& cell : layer.cells) {
    if (cell.way != ConceptSwitch::kOff || cell.alpha != 1) continue;
    return effect_text(result, layer, cell);
  }
  return {};
}

// The first layer's note in full; those of others differ in numbers only.
void pass_on_notes(const ConceptResult& result,
                   std::vector<Warning>& warnings) {
  std::vector<size_t> layers;
  std::string first;
  for (const LayerConcept& layer : result.layers) {
    const LinearParts* parts =
        layer.basis ? linear_parts(*layer.basis) : nullptr;
    if (parts == nullptr || parts->note.empty()) continue;
    if (layers.empty()) first = parts->note;
    layers.push_back(layer.layer);
  }
  if (layers.empty()) return;
  warnings.push_back(
      {"basis_fit",
       fmt::format("The fit of the direction has a note at {}; at layer {}: "
                   "{}.",
                   of_layers(layers, result.layers.size()), layers.front(),
                   first)});
}

}  // namespace

std::string concept_deed(ConceptSwitch way, double alpha) {
  if (way == ConceptSwitch::kOn) {
    return fmt::format("switched on (alpha {:g})", alpha);
  }
  if (alpha == 1) return "removed (alpha 1)";
  if (alpha < 1) return fmt::format("removed in part (alpha {:g})", alpha);
  return fmt::format("reflected (alpha {:g}, {:g} times what was there)", alpha,
                     1 - alpha);
}

std::string likelihood_words(const MeanInterval& change) {
  if (!std::isfinite(change.mean)) return "nobody knows how likely (no number)";
  const std::string factor = times(change.mean);
  if (factor == times(0)) {
    return "neither more nor less likely (" + factor + " times, " +
           factor_interval(change) + ")";
  }
  return fmt::format("{} times {} likely ({})", factor, direction(change.mean),
                     factor_interval(change));
}

ConceptSentences concept_sentences(const ConceptResult& result,
                                   ConceptSwitch way) {
  const ConceptChoice& choice = result.choice(way);
  const LayerConcept& layer = result.layer_of(choice);
  const ConceptCell& cell = result.cell_of(choice);
  return {.choice = choice_text(result, way),
          .effect = effect_text(result, layer, cell),
          .cost = cost_text(result, cell),
          .chance = chance_text(result, way),
          .removal = removal_text(result, layer, cell)};
}

std::vector<Warning> concept_warnings(const ConceptResult& result) {
  std::vector<Warning> warnings;
  const size_t fewest =
      std::min(result.n_control_choose, result.n_control_report);
  if (fewest < kFewTokens) {
    warnings.push_back(
        {"short_control_text",
         fmt::format("The control text has {} to choose by and {} to report: "
                     "with fewer than {} in a part little is known of what "
                     "else breaks. Give a longer one.",
                     count(result.n_control_choose, "token"),
                     result.n_control_report, kFewTokens)});
  }
  std::string few;
  for (const ConceptSwitch way : {ConceptSwitch::kOff, ConceptSwitch::kOn}) {
    if (result.cell_of(result.choice(way)).report.own_words.n < 2)
      few +=
          (few.empty() ? "" : " and ") + std::string(concept_switch_name(way));
  }
  if (!few.empty()) {
    warnings.push_back(
        {"one_text",
         "Only one text reports for " + few +
             ", so no interval over texts can be had. Give at least eight "
             "texts of each kind."});
  }
  pass_on_notes(result, warnings);
  return warnings;
}

std::string concept_summary(const ConceptResult& result) {
  std::string text =
      fmt::format("\"{}\", by {} over {} tokens.", result.spec.set.name,
                  result.spec.method, result.n_fitted);
  for (const ConceptSwitch way : {ConceptSwitch::kOff, ConceptSwitch::kOn}) {
    const ConceptSentences all = concept_sentences(result, way);
    for (const std::string* sentence :
         {&all.choice, &all.effect, &all.cost, &all.chance, &all.removal}) {
      if (!sentence->empty()) text += " " + *sentence;
    }
  }
  for (const Warning& warning : concept_warnings(result)) {
    text += " Warning: " + warning.text;
  }
  return text;
}

}  // namespace excise
