#include <fmt/format.h>

#include "report/head_parts.h"
#include "report/lesion_panels.h"
#include "report/panel_parts.h"
#include "report/passage.h"

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
  head.lead = passages_about(folder, {"first", "second", "random", "neurons"});
  head.main = lesion_main_figure(folder);
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
