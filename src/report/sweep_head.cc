#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/control_series.h"
#include "report/head_parts.h"
#include "report/panel_parts.h"
#include "report/passage.h"
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

// Whether it is about a control other than the one whose band the main figure
// has.
bool of_another_control(const ResultFolder& folder, const std::string& part) {
  const auto drawn = shown_controls(folder, has_over_texts(folder));
  const auto name = [](const ShownControl& control) {
    return control.pointer.substr(control.pointer.rfind('/') + 1);
  };
  return std::ranges::any_of(drawn, [&](const ShownControl& control) {
    return name(control) != name(drawn.front()) &&
           part.find("(" + name(control) + ")") != std::string::npos;
  });
}

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
        adds(folder) ? "Adding" : "Removing", removed(folder),
        strength_text(folder),
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
  head.change = (adds(folder) ? "with more of " : "without ") + removed(folder);
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
  head.left.raw("<p>")
      .text(operator_text(folder))
      .raw("</p>")
      .add(formula(folder));
  head.right_title = several ? "The first text" : "The text";
  head.right = text_excerpt(text_read(folder));
  return head_html(folder, head);
}

}  // namespace excise
