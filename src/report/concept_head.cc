#include <fmt/format.h>

#include <cmath>

#include "report/concept_panels.h"
#include "report/head_parts.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

std::string switch_text(const ResultFolder& folder, const ConceptWay& way) {
  const ConceptChoice choice = concept_choice(folder, way);
  std::string text = way.does;
  text[0] = 'S';
  text += fmt::format(
      " at layer {} with strength {}, the concept's words become {} in texts "
      "that "
      "neither the fit nor the choice saw",
      number_text(choice.layer, 6), number_text(choice.alpha),
      times_text(choice.own_words));
  text += way.sign * choice.own_words > 0
              ? "."
              : ": the wrong way, so this is no switch.";
  return text;
}

std::string one_digit(double value) {
  return std::isfinite(value) ? fmt::format("{:.1f}", value) : "\u2013";
}

std::string cost_text(const ResultFolder& folder) {
  std::string text;
  for (const ConceptWay& way : concept_ways()) {
    const ConceptChoice choice = concept_choice(folder, way);
    text += text.empty() ? "What else changes: " : "; ";
    text += fmt::format(
        "{}, other words are {} and the perplexity of the control text is "
        "{} instead of {}",
        way.name, times_text(choice.control_words),
        one_digit(choice.perplexity),
        one_digit(number_at(folder.results, "/perplexity_clean")));
  }
  return text + ".";
}

Html operator_html(const ResultFolder& folder) {
  Html html;
  html.raw("<p>")
      .text(fmt::format(
          "At every layer, {} finds a direction between tokens with the "
          "concept and without it. Off: what the activation has along it is "
          "taken out, \u03B1 times. On: \u03B1 times what tokens with the "
          "concept "
          "have along it is added. Edited positions: {}.",
          text_at(spec_of(folder), "/method"),
          text_at(spec_of(folder), "/positions")))
      .raw(
          "</p><p class=\"formula\"><span>off: a′ = a − α codes atoms</span> "
          "<span>on: a′ = a + α c atoms</span></p>");
  return html;
}

// A list of texts, each with its blanks made visible.
void add_words(Html& html, const char* title, const nlohmann::json& words) {
  if (!words.is_array() || words.empty()) return;
  html.raw("<dt>").text(title).raw("</dt><dd>");
  for (const auto& word : words) {
    if (!word.is_string()) continue;
    html.raw("<span class=\"word\">")
        .text(token_label(word.get<std::string>(), 24))
        .raw("</span> ");
  }
  html.raw("</dd>");
}

void add_count(Html& html, const char* title, const nlohmann::json& count) {
  if (!count.is_number() || count == 0) return;
  html.raw("<dt>").text(title).raw("</dt><dd>");
  html.text(count.dump()).raw("</dd>");
}

Html concept_html(const ResultFolder& folder) {
  const auto& set = value_at(folder.results, "/concept");
  Html html;
  html.raw("<dl><dt>name</dt><dd>").text(concept_name(folder)).raw("</dd>");
  add_words(html, "its words", value_at(set, "/words"));
  add_words(html, "control words", value_at(set, "/control_words"));
  add_words(html, "tokens of the classes", value_at(set, "/class_tokens"));
  add_count(html, "texts with it", value_at(set, "/with"));
  add_count(html, "texts without it", value_at(set, "/without"));
  add_count(html, "texts with both", value_at(set, "/texts"));
  return html.raw("</dl>");
}

}  // namespace

Html concept_head(const ResultFolder& folder) {
  Head head;
  head.change = "with " + concept_name(folder) + " switched off and on";
  head.facts = fmt::format(
      "{} · {} tokens fitted on · {} · {}", text_at(spec_of(folder), "/method"),
      number_text(number_at(folder.results, "/manifest/n_tokens"), 9),
      count_text(folder.layers.size(), "layer"),
      text_at(spec_of(folder), "/hook"));
  for (const ConceptWay& way : concept_ways()) {
    head.lead.push_back(switch_text(folder, way));
  }
  head.lead.push_back(cost_text(folder));
  head.left_title = "The switch";
  head.left = operator_html(folder);
  head.right_title = "The concept";
  head.right = concept_html(folder);
  return head_html(folder, head);
}

}  // namespace excise
