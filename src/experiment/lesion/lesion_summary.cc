#include "experiment/lesion/lesion_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/number_text.h"
#include "experiment/common/sentence_parts.h"
#include "experiment/lesion/lesion_headline.h"
#include "math/statistics/empirical_p.h"

namespace excise {
namespace {

// Places that are not those of held-out pairs.
size_t test_places(const LesionResult& result) {
  return static_cast<size_t>(std::ranges::count_if(
      result.tests,
      [](const auto& test) { return !test.pair_line.has_value(); }));
}

std::string tests_text(const LesionResult& result) {
  const size_t own = test_places(result);
  const size_t held = result.tests.size() - own;
  std::string text;
  if (own > 0) {
    text = fmt::format("{} {} of the test sentences", own,
                       own == 1 ? "place" : "places");
  }
  if (held > 0) {
    text += fmt::format("{}{} held-out {}", text.empty() ? "" : " and ", held,
                        held == 1 ? "pair" : "pairs");
  }
  return text;
}

std::string neurons_text(const LesionResult& result) {
  const auto [least, most] =
      std::ranges::minmax_element(result.lesions, {}, significant_percent);
  const std::string words =
      fmt::format("\"{}\" and \"{}\"", result.spec.pairs.first_word,
                  result.spec.pairs.second_word);
  if (result.lesions.size() == 1) {
    return fmt::format("{:.1f} % of the neurons of layer {} tell {} apart",
                       significant_percent(*least), least->groups.layer, words);
  }
  const std::string low = fixed_text(significant_percent(*least), 1);
  if (low == fixed_text(significant_percent(*most), 1))
    return fmt::format("{} % of the neurons of every layer tell {} apart", low,
                       words);
  return fmt::format(
      "{:.1f} % (layer {}) to {:.1f} % (layer {}) of the neurons tell {} apart",
      significant_percent(*least), least->groups.layer,
      significant_percent(*most), most->groups.layer, words);
}

// "his" loses 0.40 logits and "her" gains 0.20.
std::string word_words(const std::string& word, double loss) {
  const std::string size = fixed_text(std::abs(loss), 2);
  if (size == "0.00") return fmt::format("\"{}\" keeps its logit", word);
  return fmt::format("\"{}\" {} {}", word, loss > 0 ? "loses" : "gains", size);
}

std::string strongest_words(const LesionResult& result,
                            const LayerLesion& layer, bool first) {
  const GroupLesion& group = first ? layer.first : layer.second;
  const double loss = *group.selective_loss.mean;
  const std::string at =
      fmt::format("own loss {} logits{}", signed_fixed_text(loss, 2),
                  test_words(group.selective_loss));
  const std::string words =
      word_words(result.spec.pairs.first_word, group.mean_delta_logit[0]) +
      " and " +
      word_words(result.spec.pairs.second_word, group.mean_delta_logit[1]);
  if (!(loss > 0)) {
    return fmt::format(" Its largest {}, at layer {}, is not above 0.", at,
                       layer.groups.layer);
  }
  if (!significant(group.selective_loss)) {
    return fmt::format(" Its largest {}, is at layer {}; {} there.", at,
                       layer.groups.layer, words);
  }
  return fmt::format(" Most against it is layer {}: {}; {} there.",
                     layer.groups.layer, at, words);
}

std::string group_text(const LesionResult& result, bool first) {
  const PairSet& pairs = result.spec.pairs;
  const std::string& word = first ? pairs.first_word : pairs.second_word;
  const std::string& other = first ? pairs.second_word : pairs.first_word;
  const GroupHeadline headline = group_headline(result, first);
  if (!headline.strongest) {
    const bool any =
        std::ranges::any_of(result.lesions, [&](const LayerLesion& layer) {
          return (first ? layer.first : layer.second).zeroed > 0;
        });
    return any ? fmt::format("No own loss of those for \"{}\" is a number.",
                             word)
               : fmt::format("No layer has neurons for \"{}\" to zero.", word);
  }
  const std::string by_sign = fmt::format(
      "above 0 in {} of {} {} by sign alone{}", headline.layers_positive.size(),
      headline.zeroed, headline.zeroed == 1 ? "layer" : "layers",
      headline.changed > 1 ? ", as about half would be by chance" : "");
  std::string text;
  if (headline.tested > 0) {
    text = fmt::format(
        "Zeroing those for \"{}\" turns its balance with \"{}\" against it in "
        "{} and towards it in {}, by a test over places (q < {}); the own loss "
        "is {}.",
        word, other, of_layers(headline.layers_against, headline.tested),
        of_layers(headline.layers_towards, headline.tested), kSignificance,
        by_sign);
  } else {
    text = fmt::format(
        "With those for \"{}\" zeroed, its own loss (beyond that of \"{}\") is "
        "{}; no test over places is possible.",
        word, other, by_sign);
  }
  return text +
         strongest_words(result, result.lesions[*headline.strongest], first);
}

// Both groups beside as many random neurons.
std::string random_text(const LesionResult& result) {
  const size_t draws = result.spec.random;
  if (draws == 0) {
    return fmt::format(
        "Whether random groups of the same size do the same was not measured "
        "(--random {}).",
        draws_for_p_below(kSignificance, Tail::kAbove));
  }
  if (const std::string few = too_few_draws(draws); !few.empty()) {
    return fmt::format(
        "The groups cannot be told from random ones of their size: {}.", few);
  }
  std::string text;
  size_t tests = 0;
  for (const bool first : {true, false}) {
    const GroupHeadline headline = group_headline(result, first);
    if (headline.compared == 0) continue;
    tests += headline.compared;
    const PairSet& pairs = result.spec.pairs;
    text += fmt::format(
        "{} for those for \"{}\" in {}", text.empty() ? "" : ",",
        first ? pairs.first_word : pairs.second_word,
        of_layers(headline.layers_beyond_random, headline.compared));
  }
  if (tests == 0) return "";
  return fmt::format(
      "Beside {} draws of random groups of the same size (one-sided p < {}) "
      "the "
      "own loss is larger{}; {}.",
      draws, kSignificance, text, chance_words(tests, draws, "comparisons"));
}

std::string size_text(const LesionResult& result) {
  // What is no number is the least.
  const auto strongest = std::ranges::max_element(
      result.lesions, {}, [](const LayerLesion& layer) {
        const double size = mean_abs_delta_logit(layer);
        return std::isnan(size) ? -1 : size;
      });
  const double change = mean_abs_delta_logit(*strongest);
  const std::string lesioned =
      "Lesioned before the word in " + tests_text(result) + ", the logits of ";
  if (std::isnan(change)) return lesioned + "the two words are no numbers.";
  if (!(change > 0)) return lesioned + "the two words do not change.";
  if (result.lesions.size() == 1) {
    return lesioned + fmt::format("the two words change by {} on average.",
                                  fixed_text(change, 2));
  }
  return lesioned +
         fmt::format("the two words change most at layer {}, by {} on average.",
                     strongest->groups.layer, fixed_text(change, 2));
}

std::string places_text(const LesionResult& result) {
  const size_t places = result.tests.size();
  std::string text;
  if (places == 1) {
    text = "One place allows no test over places; --hold-out gives more.";
  } else if (places < 5) {
    text = fmt::format(
        "A test over {} places finds little; --hold-out gives more.", places);
  }
  if (test_places(result) > result.spec.tests.size()) {
    text += fmt::format("{}Places in one sentence are not independent.",
                        text.empty() ? "" : " ");
  }
  return text;
}

}  // namespace

double significant_percent(const LayerLesion& layer) {
  return 100.0 *
         static_cast<double>(layer.groups.first.size() +
                             layer.groups.second.size()) /
         static_cast<double>(layer.groups.t.size());
}

double mean_abs_delta_logit(const LayerLesion& layer) {
  double sum = 0;
  int groups = 0;
  for (const GroupLesion* group : {&layer.first, &layer.second}) {
    if (group->zeroed == 0) continue;
    sum += group->mean_abs_delta_logit;
    ++groups;
  }
  return groups == 0 ? 0 : sum / groups;
}

std::vector<Passage> lesion_passages(const LesionResult& result) {
  if (result.lesions.empty()) return {{"neurons", "No layer was lesioned."}};
  return said({{"neurons", fmt::format("Over {} pairs, {} (q <= {:g}).",
                                       result.fitted.size(),
                                       neurons_text(result), result.spec.q)},
               {"size", size_text(result)},
               {"first", group_text(result, true)},
               {"second", group_text(result, false)},
               {"random", random_text(result)},
               {"places", places_text(result)}});
}

std::string lesion_summary(const LesionResult& result) {
  return joined(lesion_passages(result));
}

}  // namespace excise
