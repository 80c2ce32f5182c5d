#include <fmt/format.h>

#include "report/head_parts.h"
#include "report/median_panels.h"
#include "report/panel_parts.h"
#include "report/passage.h"

namespace excise {
namespace {

bool all_positions(const ResultFolder& folder) {
  return text_at(spec_of(folder), "/positions") == "all";
}

Html operator_html(const ResultFolder& folder) {
  const bool magnitude = text_at(spec_of(folder), "/by") == "magnitude";
  Html html;
  html.raw("<p>")
      .text(fmt::format(
          "At one layer at a time, take the pre-activations of the MLP at {}, "
          "set the {} of them to {}, and let the rest of the model run on.",
          all_positions(folder) ? "every token (each by itself)"
                                : "the last token",
          magnitude ? "ones of largest magnitude" : "largest ones",
          replacement_text(folder)))
      .raw(
          "</p><p class=\"formula\"><span>n = ⌊p N⌋ of N neurons</span> <span>")
      .raw(
          "effect = log p<sub>clean</sub>(target) − log p<sub>edited</sub>"
          "(target)</span></p>");
  return html;
}

}  // namespace

Html median_head(const ResultFolder& folder) {
  Head head;
  head.change =
      "with its largest activations set to " + replacement_text(folder);
  head.facts = fmt::format(
      "{} · target {} · {} · {} · {}", count_text(folder.n_tokens(), "token"),
      target_text(folder), count_text(folder.layers.size(), "layer"),
      count_text(folder.array("percent")->cols(), "share"),
      text_at(folder.results, "/manifest/hook"));
  head.lead = passages_about(folder, {"target", "worst", "random"});
  head.main = median_main_figure(folder);
  head.left_title = "The operator";
  head.left = operator_html(folder);
  head.right_title = "The prompt";
  MarkedText prompt{.pieces = folder.pieces};
  prompt.first = all_positions(folder) ? 0 : folder.n_tokens() - 1;
  prompt.count = folder.n_tokens() - prompt.first;
  prompt.next = text_at(folder.results, "/target/piece");
  head.right.add(marked_text(prompt))
      .raw(
          "<p class=\"note\">Marked: where activations are replaced. In the "
          "frame: the target.</p>");
  return head_html(folder, head);
}

}  // namespace excise
