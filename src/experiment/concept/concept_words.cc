#include "experiment/concept/concept_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/number_text.h"
#include "experiment/concept/concept_choice.h"
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
    return fmt::format(
        "For {}, nothing is known of the change of the control text, so no "
        "bound on it holds: {} is the strongest on its words in the choosing "
        "texts.",
        name, here);
  }
  if (choice.rule == ChoiceRule::kLeastDamage) {
    return fmt::format(
        "For {}, none of {} keeps the change of the control text within {:g} "
        "nats a token: {} comes nearest, with up to {:.3f} in its choosing "
        "part.",
        name, count(choice.tried, "cell"), bound, here,
        cell.choose.control_text.most_change());
  }
  return fmt::format(
      "For {}, {} of {} (layers and strengths) keep the change of the control "
      "text within {:g} nats a token; of those {} is the strongest on its "
      "words in the choosing texts.",
      name, choice.within, count(choice.tried, "cell"), bound, here);
}

std::string probe_text(const LayerConcept& layer, const ConceptCell& cell) {
  if (!cell.probe_after) return {};
  return fmt::format(
      " A linear probe at that layer tells the texts apart with accuracy "
      "{:.2f} without the edit and {:.2f} with it, fitted again (chance "
      "0.50).",
      layer.probe_before, *cell.probe_after);
}

std::string effect_text(const LayerConcept& layer, const ConceptCell& cell) {
  const MeanInterval& own = cell.report.own_words;
  std::string text = fmt::format(
      "{} at layer {}, its words become {} in texts that neither the fit nor "
      "the choice saw",
      begun(concept_deed(cell.way, cell.alpha)), layer.layer,
      likelihood_words(own));
  if (wanted_sign(cell.way) * own.mean < 0) {
    text += own.apart_from_zero() ? "; the wrong way, so this is no switch"
                                  : "; the mean is on the wrong side";
  }
  return text + "." + probe_text(layer, cell);
}

std::string cost_text(const ConceptResult& result, const ConceptCell& cell) {
  const MeanInterval& text = cell.report.control_text;
  return fmt::format(
      "Other words become {}; the perplexity of the reporting part of the "
      "control text goes from {:.1f} to {:.1f} ({}).",
      likelihood_words(cell.report.control_words), result.perplexity_clean,
      result.perplexity_clean * std::exp(text.mean), nats_words(text));
}

// Where the control text's change lies among those of the draws.
std::string among(const MeanInterval& real, const std::vector<double>& draws) {
  const auto at_or_above = [&](double value) { return value >= real.mean; };
  const auto above = std::ranges::count_if(draws, at_or_above);
  return fmt::format("{} of them change it by as much or further up", above);
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
std::string removal_text(const LayerConcept& layer, const ConceptCell& taken) {
  if (taken.way != ConceptSwitch::kOff || taken.alpha == 1) return {};
  for (const ConceptCell& cell : layer.cells) {
    if (cell.way != ConceptSwitch::kOff || cell.alpha != 1) continue;
    return effect_text(layer, cell);
  }
  return {};
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
          .effect = effect_text(layer, cell),
          .cost = cost_text(result, cell),
          .chance = chance_text(result, way),
          .removal = removal_text(layer, cell)};
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
  const size_t texts = std::min(result.cell_of(result.off).report.own_words.n,
                                result.cell_of(result.on).report.own_words.n);
  if (texts < 2) {
    warnings.push_back(
        {"one_text",
         "Only one text reports, so no interval over texts can be had. Give "
         "at least eight texts."});
  }
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
