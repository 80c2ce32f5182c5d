#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/control_series.h"
#include "report/head_parts.h"
#include "report/operator_words.h"
#include "report/panel_parts.h"
#include "report/passage.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

// The text as it was given; of token ids, as the tokens have it, where bytes
// that are no whole character are escaped.
std::string text_read(const ResultFolder& folder) {
  std::string text = text_at(spec_of(folder), "/text");
  if (!text.empty()) return text;
  for (const std::string& piece : folder.pieces) text += piece;
  return text;
}

// What came out. Results of an earlier version have no sentences that hold, so
// only what they counted is told.
std::vector<std::string> outcome(const ResultFolder& folder) {
  if (!value_at(folder.results, "/passages").is_array()) {
    return {fmt::format(
        "{} {}{} hurts the right next token in {} of {} (q < {}). An earlier "
        "version of excise wrote this result; what it said about the mean "
        "alone and about controls does not hold.",
        adds_a_class(folder) ? "Adding" : "Removing", removed_words(folder),
        strength_words(folder),
        numbers_at(folder.results, "/headline/layers_hurt").size(),
        count_text(folder.layers.size(), "layer"), significance(folder))};
  }
  std::vector<std::string> lead;
  const auto add = [&](std::string_view topic, size_t most) {
    std::string text;
    for (const std::string& part : passage_parts(folder, topic)) {
      if (of_another_control(folder, part)) continue;
      if (most-- == 0) break;
      text += (text.empty() ? "" : " ") + part;
    }
    if (!text.empty()) lead.push_back(std::move(text));
  };
  // Several texts stand for more than the first one, whose panels follow.
  if (!passage_text(folder, "texts").empty()) {
    add("texts", 2);
    return lead;
  }
  add("effect", 2);
  add("second opinion", 1);
  add("sink", 1);
  add("controls", 1);
  add("cells", 3);
  return lead;
}

}  // namespace

Html sweep_head(const ResultFolder& folder) {
  Head head;
  head.change = (adds_a_class(folder) ? "with more of " : "without ") +
                removed_words(folder);
  const bool several = has_over_texts(folder);
  head.facts = fmt::format(
      "{}{} · {} of {} · {} · {}", count_text(folder.n_tokens(), "token"),
      several ? " in the first text" : "", folder.layers.size(),
      count_text(folder.n_states - 1, "layer"), operator_name(folder),
      text_at(folder.results, "/manifest/hook"));
  head.warnings = passage_parts(folder, "warnings");
  head.lead = outcome(folder);
  head.main = main_figure(folder);
  head.left_title = "The operator";
  head.left = operator_html(folder);
  head.right_title = several ? "The first text" : "The text";
  head.right = text_excerpt(text_read(folder));
  return head_html(folder, head);
}

}  // namespace excise
