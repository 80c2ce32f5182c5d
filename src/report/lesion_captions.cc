#include "report/lesion_captions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/number_text.h"
#include "report/chance.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

constexpr double kMost = 50;  // % of the neurons
constexpr double kFew = 5;

// The limit of q with which neurons were given to a word.
double neuron_limit(const ResultFolder& folder) {
  const double limit = number_at(folder.results, "/manifest/spec/q");
  return std::isnan(limit) ? kUsualLimit : limit;
}

BesideDraws beside_random(const ResultFolder& folder, const LesionGroup& group,
                          const char* p) {
  return beside_draws(folder, by_layer(folder, group, p),
                      by_layer(folder, group, "/random/draws"));
}

}  // namespace

std::string neurons_caption(const ResultFolder& folder) {
  const auto percent = folder.by_layer("/significant_percent");
  const auto most = largest(percent), least = smallest(percent);
  if (!most) return "";
  const std::string range = fmt::format(
      "{} % (layer {}) to {} % (layer {})", number_text(percent[*least]),
      folder.layers[*least], number_text(percent[*most]), folder.layers[*most]);
  const bool one = *most == *least;
  if (percent[*least] >= kMost) {
    return fmt::format(
        "Most neurons tell the words apart at every layer ({}): that one does "
        "says little of it.",
        one ? number_text(percent[*least]) + " %" : range);
  }
  if (percent[*most] <= kFew) {
    return fmt::format(
        "Few neurons tell the words apart: at most {} % (layer {}).",
        number_text(percent[*most]), folder.layers[*most]);
  }
  if (one) {
    return fmt::format("{} % of the neurons tell the words apart.",
                       number_text(percent[*most]));
  }
  return "How many neurons tell the words apart depends on the layer: " +
         range + ".";
}

std::string size_caption(const ResultFolder& folder) {
  BesideDraws all;
  for (const LesionGroup& group : lesion_groups(folder)) {
    const BesideDraws one = beside_random(
        folder, group, "/random/mean_abs_delta_logit_p_one_sided");
    all.beyond.insert(all.beyond.end(), one.beyond.begin(), one.beyond.end());
    all.compared += one.compared;
    all.expected += one.expected;
    all.draws = std::max(all.draws, one.draws);
  }
  if (all.compared == 0) {
    return "The size alone does not speak for these neurons: what random "
           "groups "
           "of that size do was not tried (--random 20).";
  }
  if (all.expected == 0) return too_few_text(folder, all.draws);
  return fmt::format(
      "In {} of {} comparisons of a group with random ones of its size the "
      "change is larger than nearly all of theirs; chance would make it {}.",
      all.beyond.size(), all.compared, number_text(all.expected, 2));
}

std::string balance_caption(const ResultFolder& folder,
                            const LesionGroup& group) {
  const double limit = significance(folder);
  const auto mean = by_layer(folder, group, "/selective_loss/mean");
  const auto q = by_layer(folder, group, "/selective_loss/q");
  std::vector<size_t> more, less;
  size_t tested = 0;
  for (size_t row = 0; row < q.size(); ++row) {
    if (std::isnan(q[row])) continue;
    ++tested;
    if (!(q[row] < limit)) continue;
    (mean[row] > 0 ? more : less).push_back(folder.layers[row]);
  }
  if (tested == 0) {
    return "No layer has a test of the balance: that takes two tests or more.";
  }
  if (more.empty() && less.empty()) {
    return fmt::format(
        "At no layer is it told (q < {}) that {} loses more than {}, or less.",
        limit, group.word, group.other);
  }
  std::string text = group.word + " loses ";
  if (!more.empty())
    text += "more than " + group.other + " at " + layers_text(more);
  if (!less.empty()) {
    text += (more.empty() ? "less than " + group.other + " at "
                          : std::string(", less at ")) +
            layers_text(less);
  }
  return fmt::format("{} (q < {}){}.", text, limit,
                     more.size() + less.size() < tested
                         ? "; elsewhere the two are not told apart"
                         : "");
}

std::string random_caption(const ResultFolder& folder, const LesionGroup& group,
                           const char* p) {
  return beside_text(folder, beside_random(folder, group, p),
                     "random groups of that size");
}

std::string tests_caption(const ResultFolder& folder, size_t row) {
  const double limit = significance(folder);
  std::string text;
  for (const LesionGroup& group : lesion_groups(folder)) {
    const auto& entry = folder.layer_entry(row);
    const double mean =
        number_at(entry, (group.key + "/selective_loss/mean").c_str());
    const double q =
        number_at(entry, (group.key + "/selective_loss/q").c_str());
    if (std::isnan(mean) || std::isnan(q)) continue;
    text += fmt::format(
        "{}With the neurons for {} zeroed, the mean own loss is {} logits, {} "
        "0 ({}).",
        text.empty() ? "" : " ", group.word, signed_text(mean),
        !(q < limit) ? "not told apart from"
        : mean > 0   ? "above"
                     : "below",
        p_words("q", q, 2));
  }
  return text.empty()
             ? "The mean own loss has no test here: that takes two tests or "
               "more."
             : text;
}

std::string t_caption(const ResultFolder& folder, size_t row) {
  const double limit = neuron_limit(folder);
  const double percent =
      number_at(folder.layer_entry(row), "/significant_percent");
  if (std::isnan(percent)) return "";
  if (percent == 0)
    return fmt::format("No neuron tells the words apart (q at most {}).",
                       limit);
  return fmt::format(
      "{} % of the neurons tell the words apart (q at most {}): of these, {} % "
      "or fewer would be chance, on average.",
      number_text(percent), limit, number_text(100 * limit));
}

}  // namespace excise
