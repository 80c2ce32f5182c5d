#include "report/operator_words.h"

#include <cmath>

#include "report/head_parts.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

std::string mean_text(const std::string& mean) {
  if (mean == "neuron") return "each neuron\u2019s mean over tokens";
  if (mean == "token") return "each token\u2019s mean over neurons";
  return "";
}

// Of an edit file, or of a basis that has means of its own.
std::string frozen_operator_text(const ResultFolder& folder) {
  const std::string basis = text_at(spec_of(folder), "/basis");
  const std::string change =
      adds_a_class(folder)
          ? "add what the tokens of class " +
                number_text(number_at(spec_of(folder), "/class"), 9) +
                " have on average along " + removed_words(folder)
          : "leave out " + removed_words(folder);
  return "At one layer at a time, take the activations A apart by " +
         (basis.empty() ? std::string("an unknown basis") : basis) + ", " +
         change + strength_words(folder) +
         "; then let the rest of the model run on.";
}

// The operator in words.
std::string operator_text(const ResultFolder& folder) {
  if (adds_a_class(folder) || !spec_of(folder).contains("centre")) {
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
          "), leave out " + removed_words(folder) + ", and ";
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
  if (adds_a_class(folder)) {
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

}  // namespace

std::string removed_words(const ResultFolder& folder) {
  const auto components = removed_components(folder);
  if (components.empty()) return "the chosen components";
  return (components.size() == 1 ? "component " : "components ") +
         list_text(components);
}

std::string operator_name(const ResultFolder& folder) {
  const std::string preset = text_at(spec_of(folder), "/preset");
  return preset.empty() ? "basis " + text_at(spec_of(folder), "/basis")
                        : "preset " + preset;
}

bool adds_a_class(const ResultFolder& folder) {
  return edit_noun(folder) == "addition";
}

std::string strength_words(const ResultFolder& folder) {
  const double strength = number_at(spec_of(folder), "/strength");
  return std::isnan(strength) || strength == 1
             ? ""
             : " with strength " + number_text(strength);
}

Html operator_html(const ResultFolder& folder) {
  Html html;
  html.raw("<p>").text(operator_text(folder)).raw("</p>");
  return html.add(formula(folder));
}

}  // namespace excise
