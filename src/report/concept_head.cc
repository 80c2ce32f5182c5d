#include <fmt/format.h>

#include <string>
#include <vector>

#include "report/concept_panels.h"
#include "report/head_parts.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

// Of a result that states no sentences.
std::string older_text(const ResultFolder& folder, const ConceptWay& way) {
  const ConceptChoice choice = concept_choice(folder, way);
  return fmt::format(
      "Switched {} at layer {} with strength {} (chosen by an earlier rule, "
      "without intervals), the concept's words become {} in texts that neither "
      "the fit nor the choice saw{}.",
      way.name, number_text(choice.layer, 6), number_text(choice.alpha),
      times_text(choice.own_words),
      way.sign * choice.own_words < 0 ? ": the wrong way, so this is no switch"
                                      : "");
}

void add_lead(const ResultFolder& folder, const ConceptWay& way,
              std::vector<std::string>& lead) {
  const std::string text = concept_sentence(folder, way, "effect");
  if (text.empty()) {
    lead.push_back(older_text(folder, way));
    return;
  }
  lead.push_back(text);
  std::string rest;
  for (const char* name : {"removal", "cost"}) {
    const std::string more = concept_sentence(folder, way, name);
    if (!more.empty()) rest += (rest.empty() ? "" : " ") + more;
  }
  if (!rest.empty()) lead.push_back(rest);
}

void add_warnings(const ResultFolder& folder, std::vector<std::string>& lead) {
  const auto& warnings = value_at(folder.results, "/warnings");
  if (!warnings.is_array()) return;
  for (const auto& warning : warnings) {
    const std::string text = text_at(warning, "/text");
    if (!text.empty()) lead.push_back("Warning: " + text);
  }
}

Html operator_html(const ResultFolder& folder) {
  Html html;
  html.raw("<p>")
      .text(fmt::format(
          "At every layer, {} finds a direction between tokens with the "
          "concept and without it. Off: what the activation has along it is "
          "taken out, \u03B1 times (1: removed; above 1: reflected). On: "
          "\u03B1 times what tokens with the "
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
    add_lead(folder, way, head.lead);
  }
  add_warnings(folder, head.lead);
  head.main = concept_main_figure(folder);
  head.left_title = "The switch";
  head.left = operator_html(folder);
  head.right_title = "The concept";
  head.right = concept_html(folder);
  return head_html(folder, head);
}

}  // namespace excise
