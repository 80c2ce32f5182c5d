#include <fmt/format.h>

#include <cmath>

#include "report/head_parts.h"
#include "report/lesion_panels.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

size_t list_size(const ResultFolder& folder, const char* pointer) {
  const auto& list = value_at(folder.results, pointer);
  return list.is_array() ? list.size() : 0;
}

// How many of the tests are held-out pairs.
size_t held_out_tests(const ResultFolder& folder) {
  size_t held = 0;
  const auto& tests = value_at(folder.results, "/tests");
  for (const auto& test : tests) {
    held += value_at(test, "/pair_line").is_number() ? 1 : 0;
  }
  return held;
}

std::string places_text(const ResultFolder& folder) {
  const size_t held = held_out_tests(folder);
  const size_t own = count_tests(folder) - held;
  std::string text;
  if (own > 0) text = count_text(own, "place") + " of test sentences";
  if (held > 0) {
    text += (text.empty() ? "" : " and ") + count_text(held, "held-out pair");
  }
  return text;
}

std::string neurons_text(const ResultFolder& folder) {
  const auto percent = folder.by_layer("/significant_percent");
  const auto most = largest(percent), least = smallest(percent);
  if (!most || !least) return "No neuron could be tested.";
  const auto groups = lesion_groups(folder);
  return fmt::format(
      "{} % (layer {}) to {} % (layer {}) of the neurons tell {} and {} apart "
      "(q \u2264 {}).",
      number_text(percent[*least]), folder.layers[*least],
      number_text(percent[*most]), folder.layers[*most], groups[0].word,
      groups[1].word, number_text(number_at(spec_of(folder), "/q")));
}

// Where zeroing the neurons of a word costs that word more than the other.
std::string group_text(const ResultFolder& folder, const LesionGroup& group) {
  const auto loss = by_layer(folder, group, "/selective_loss/mean");
  const auto q = by_layer(folder, group, "/selective_loss/q");
  const auto worst = largest(loss);
  if (!worst) return "No layer has neurons for " + group.word + ".";
  size_t loses = 0;
  for (const double value : loss) loses += value > 0 ? 1 : 0;
  if (loses == 0) {
    return fmt::format(
        "Zeroing those for {} costs it more than {} at no layer.", group.word,
        group.other);
  }
  std::string text = fmt::format(
      "Zeroing those for {} costs it more than {} in {} of {}, most at layer "
      "{}: {} logits",
      group.word, group.other, loses, count_text(folder.layers.size(), "layer"),
      folder.layers[*worst], signed_text(loss[*worst]));
  if (!std::isnan(q[*worst])) {
    text += " (q = " + number_text(q[*worst], 2) + ")";
  }
  const auto p = by_layer(folder, group, "/random/selective_loss_p");
  if (!std::isnan(p[*worst])) {
    text += p[*worst] <= 0.05 ? ", more than random groups of that size"
                              : ", as random groups of that size may";
  }
  return text + ".";
}

Html operator_html() {
  Html html;
  html.raw(
      "<p>At each layer, a paired t for every neuron over the sentence pairs, "
      "of the pre-activation at the word in which they differ: neurons with q "
      "at most the limit belong to the word for which they are larger. Then "
      "the one or the other group is set to 0 behind the activation function "
      "where the word is about to come, and the logits of both words are read "
      "there.</p><p class=\"formula\"><span>loss = logit<sub>clean</sub> − "
      "logit<sub>lesioned</sub></span> <span>own loss = loss(own word) − "
      "loss(other word)</span></p>");
  return html;
}

}  // namespace

Html lesion_head(const ResultFolder& folder) {
  const auto groups = lesion_groups(folder);
  Head head;
  head.change = fmt::format("without its neurons for {} or {}", groups[0].word,
                            groups[1].word);
  head.facts = fmt::format(
      "{} fitted on · {} · {} · {}",
      count_text(list_size(folder, "/pairs/fitted"), "pair"),
      places_text(folder), count_text(folder.layers.size(), "layer"),
      text_at(folder.results, "/manifest/hook"));
  head.lead = {neurons_text(folder), group_text(folder, groups[0]),
               group_text(folder, groups[1])};
  head.left_title = "The lesion";
  head.left = operator_html();
  head.right_title =
      count_tests(folder) == 1 ? "The test" : "The first of the tests";
  head.right.add(test_html(value_at(folder.results, "/tests").at(0)))
      .raw(
          "<p class=\"note\">Marked: the token whose neurons are zeroed. In "
          "the frame: what comes next in the sentence.</p>");
  return head_html(folder, head);
}

}  // namespace excise
