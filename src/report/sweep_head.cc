#include <fmt/format.h>

#include <cmath>

#include "report/head_parts.h"
#include "report/panel_parts.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

std::string removed(const ResultFolder& folder) {
  const auto components = removed_components(folder);
  if (components.empty()) return "the chosen components";
  return (components.size() == 1 ? "component " : "components ") +
         list_text(components);
}

std::string mean_text(const std::string& mean) {
  if (mean == "neuron") return "each neuron\u2019s mean over tokens";
  if (mean == "token") return "each token\u2019s mean over neurons";
  return "";
}

// Its preset, or the basis where that has none.
std::string operator_name(const ResultFolder& folder) {
  const std::string preset = text_at(spec_of(folder), "/preset");
  return preset.empty() ? "basis " + text_at(spec_of(folder), "/basis")
                        : "preset " + preset;
}

bool adds(const ResultFolder& folder) {
  return edit_noun(folder) == "addition";
}

// " with strength 2" where that is not 1.
std::string strength_text(const ResultFolder& folder) {
  const double strength = number_at(spec_of(folder), "/strength");
  return std::isnan(strength) || strength == 1
             ? ""
             : " with strength " + number_text(strength);
}

// Of an edit file, or of a basis that has means of its own.
std::string frozen_operator_text(const ResultFolder& folder) {
  const std::string basis = text_at(spec_of(folder), "/basis");
  const std::string change =
      adds(folder) ? "add what the tokens of class " +
                         number_text(number_at(spec_of(folder), "/class"), 9) +
                         " have on average along " + removed(folder)
                   : "leave out " + removed(folder);
  return "At one layer at a time, take the activations A apart by " +
         (basis.empty() ? std::string("an unknown basis") : basis) + ", " +
         change + strength_text(folder) +
         "; then let the rest of the model run on.";
}

// The operator in words.
std::string operator_text(const ResultFolder& folder) {
  if (adds(folder) || !spec_of(folder).contains("centre")) {
    return frozen_operator_text(folder);
  }
  const std::string centre = mean_text(text_at(spec_of(folder), "/centre"));
  const std::string restore = mean_text(text_at(spec_of(folder), "/restore"));
  const std::string basis = text_at(spec_of(folder), "/basis");
  std::string text = "At one layer at a time, ";
  text +=
      centre.empty() ? "with no mean taken out, " : "take out " + centre + ", ";
  text += "decompose the activations A (" +
          (basis.empty() ? std::string("basis unknown") : basis) +
          "), leave out " + removed(folder) + ", and ";
  text += restore.empty() ? "add no mean back" : "add " + restore + " back";
  return text + "; then let the rest of the model run on.";
}

Html formula(const ResultFolder& folder) {
  Html html;
  std::string set;
  for (const size_t k : removed_components(folder)) {
    set += (set.empty() ? "" : ", ") + std::to_string(k);
  }
  const auto mean = [&](const char* key) {
    const std::string name = text_at(spec_of(folder), key);
    if (name == "neuron") return "mean over tokens";
    if (name == "token") return "mean over neurons";
    return "0";
  };
  html.raw("<p class=\"formula\">");
  if (adds(folder)) {
    return html
        .raw(
            "<span>A′ = A + s · c<sub>K</sub> · atoms<sub>K</sub></span> "
            "<span>K = {")
        .text(set)
        .raw("}</span> <span>s = ")
        .text(number_text(number_at(spec_of(folder), "/strength")))
        .raw("</span> <span>c = mean codes of the class</span></p>");
  }
  if (text_at(spec_of(folder), "/basis") == "svd") {
    html.raw(
        "<span>A − M = U S Vᵀ</span> <span>A′ = "
        "Σ<sub>i∉K</sub> s<sub>i</sub> u<sub>i</sub> v<sub>i</sub>ᵀ + B"
        "</span>");
  } else {
    html.raw(
        "<span>A − M ≈ codes · atoms</span> <span>A′ = A − M − "
        "codes<sub>K</sub> · atoms<sub>K</sub> + B</span>");
  }
  html.raw("<span>K = {").text(set).raw("}</span>");
  if (!spec_of(folder).contains("centre")) {
    return html.raw(" <span>M and B of the fit</span></p>");
  }
  html.raw(" <span>M = ");
  html.text(mean("/centre")).raw("</span> <span>B = ");
  html.text(mean("/restore")).raw("</span></p>");
  return html;
}

// What came out, in three sentences.
std::vector<std::string> outcome(const ResultFolder& folder) {
  const auto& results = folder.results;
  std::vector<std::string> sentences;
  const auto means = folder.by_layer("/default_n/mean");
  const auto q = folder.by_layer("/default_n/q");
  const auto hurt = numbers_at(results, "/headline/layers_hurt");
  const auto worst = largest(means);
  if (!worst) {
    return {"No test is possible: " +
            text_at(folder.layer_entry(0), "/default_n/reason") + "."};
  }
  std::string first = fmt::format(
      "{} {}{} makes the right next token less likely in {} of {} (q < {}); ",
      adds(folder) ? "Adding" : "Removing", removed(folder),
      strength_text(folder), hurt.size(),
      count_text(folder.layers.size(), "layer"), significance(folder));
  first += means[*worst] > 0
               ? fmt::format("most at layer {}, where it costs {} nats a token",
                             folder.layers[*worst], number_text(means[*worst]))
               : fmt::format(
                     "the largest mean effect, at layer {}, is {} nats "
                     "a token",
                     folder.layers[*worst], signed_text(means[*worst]));
  sentences.push_back(first + " (q = " + number_text(q[*worst], 2) + ").");
  const double all = number_at(results, "/headline/mean_alone_share");
  const double outside =
      number_at(results, "/headline/mean_alone_share_without_worst");
  if (!std::isnan(outside)) {
    sentences.push_back(fmt::format(
        "With nothing removed, the mean that this operator puts back already "
        "makes {:.0f} % of that effect outside layer {} ({:.0f} % with it).",
        100 * outside, folder.layers[*worst], 100 * all));
  } else if (!adds(folder) &&
             !value_at(folder.layer_entry(0), "/empty_branch").is_object()) {
    const bool same = text_at(spec_of(folder), "/centre") ==
                      text_at(spec_of(folder), "/restore");
    sentences.emplace_back(
        same ? "With nothing removed this operator changes nothing, so the "
               "effect is that of the removal."
             : "How much of that the operator does with nothing removed was "
               "not measured.");
  }
  const auto end = folder.by_layer("/drift_end_relative");
  const auto most = largest(end), least = smallest(end);
  if (most && least) {
    std::string range = number_text(100 * end[*least]) + " %";
    if (*most != *least) {
      range +=
          fmt::format(" (layer {}) to {} % (layer {})", folder.layers[*least],
                      number_text(100 * end[*most]), folder.layers[*most]);
    }
    sentences.push_back("At the end of the model the states have moved by " +
                        range + " of their size.");
  }
  return sentences;
}

}  // namespace

Html sweep_head(const ResultFolder& folder) {
  Head head;
  head.change = (adds(folder) ? "with more of " : "without ") + removed(folder);
  head.facts = fmt::format(
      "{} · {} of {} · {} · {}", count_text(folder.n_tokens(), "token"),
      folder.layers.size(), count_text(folder.n_states - 1, "layer"),
      operator_name(folder), text_at(folder.results, "/manifest/hook"));
  head.lead = outcome(folder);
  head.left_title = "The operator";
  head.left.raw("<p>")
      .text(operator_text(folder))
      .raw("</p>")
      .add(formula(folder));
  head.right_title = "The text";
  head.right = text_excerpt(folder.pieces);
  return head_html(folder, head);
}

}  // namespace excise
