#include "experiment/lesion/lesion_summary.h"

#include <fmt/format.h>

#include <algorithm>

namespace excise {
namespace {

std::string tests_text(const LesionResult& result) {
  const auto held = std::ranges::count_if(result.tests, [](const auto& test) {
    return test.pair_line.has_value();
  });
  const auto own = static_cast<std::ptrdiff_t>(result.tests.size()) - held;
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
  return fmt::format(
      "{:.1f} % (layer {}) to {:.1f} % (layer {}) of the neurons tell {} apart",
      significant_percent(*least), least->groups.layer,
      significant_percent(*most), most->groups.layer, words);
}

// Where zeroing the neurons of a word costs that word more than the other.
std::string group_text(const LesionResult& result, bool first) {
  const std::string& word =
      first ? result.spec.pairs.first_word : result.spec.pairs.second_word;
  const LayerLesion* strongest = nullptr;
  size_t tested = 0, loses = 0, beyond = 0;
  const auto group_of = [&](const LayerLesion& layer) -> const GroupLesion& {
    return first ? layer.first : layer.second;
  };
  for (const LayerLesion& layer : result.lesions) {
    const GroupLesion& group = group_of(layer);
    if (group.zeroed == 0) continue;
    ++tested;
    loses += *group.selective_loss.mean > 0 ? 1 : 0;
    beyond += group.random_p.value_or(1) <= kSignificance ? 1 : 0;
    if (strongest == nullptr || *group.selective_loss.mean >
                                    *group_of(*strongest).selective_loss.mean) {
      strongest = &layer;
    }
  }
  if (strongest == nullptr) {
    return fmt::format(" No layer has neurons for \"{}\".", word);
  }
  const GroupLesion& group = group_of(*strongest);
  std::string text = fmt::format(
      " Zeroing those for \"{}\" costs it more than the other word in {} of {} "
      "layers, most at layer {}: {:+.2f} logits",
      word, loses, result.lesions.size(), strongest->groups.layer,
      *group.selective_loss.mean);
  if (group.selective_loss.q) {
    text += fmt::format(" (t = {:.2f}, q = {:.2g})", *group.selective_loss.t,
                        *group.selective_loss.q);
  }
  if (result.spec.random == 0) return text + ".";
  return text + fmt::format(
                    "; in {} layers more than random groups of the same size "
                    "(p <= {}; {:.1f} would be by chance).",
                    beyond, kSignificance,
                    kSignificance * static_cast<double>(tested));
}

}  // namespace

double significant_percent(const LayerLesion& layer) {
  return 100.0 *
         static_cast<double>(layer.groups.first.size() +
                             layer.groups.second.size()) /
         static_cast<double>(layer.groups.t.size());
}

double mean_abs_delta_logit(const LayerLesion& layer) {
  return (layer.first.mean_abs_delta_logit +
          layer.second.mean_abs_delta_logit) /
         2;
}

std::string lesion_summary(const LesionResult& result) {
  const auto strongest =
      std::ranges::max_element(result.lesions, {}, mean_abs_delta_logit);
  std::string text = fmt::format(
      "Over {} pairs, {} (q <= {:g}). Lesioned before the word in {}, the "
      "logits of the two words change most at layer {}, by {:.2f} on average.",
      result.fitted.size(), neurons_text(result), result.spec.q,
      tests_text(result), strongest->groups.layer,
      mean_abs_delta_logit(*strongest));
  text += group_text(result, true) + group_text(result, false);
  if (result.tests.size() < 5) {
    text += fmt::format(
        " {} {} too few for a test over places; --hold-out gives more.",
        result.tests.size(),
        result.tests.size() == 1 ? "place is" : "places are");
  }
  return text;
}

}  // namespace excise
