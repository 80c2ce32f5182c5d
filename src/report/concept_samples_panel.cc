#include <fmt/format.h>

#include "report/concept_panels.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

std::string branch_name(const std::string& branch) {
  for (const ConceptWay& way : concept_ways()) {
    if (way.name == branch) return way.does;
  }
  return branch == "clean" ? "as it is" : branch;
}

Html sample_html(const nlohmann::json& sample) {
  Html html;
  const auto& continuations = value_at(sample, "/continuations");
  if (!continuations.is_array()) return html;
  html.raw("<div class=\"samples\">");
  for (const auto& one : continuations) {
    html.raw("<section><h3>")
        .text(branch_name(text_at(one, "/branch")))
        .raw("</h3><blockquote><bdi><span class=\"prompt\">")
        .text(text_at(sample, "/prompt"))
        .raw("</span>")
        .text(text_at(one, "/text"))
        .raw("</bdi></blockquote></section>");
  }
  return html.raw("</div>");
}

// How many continuations of a switch are not the clean one.
size_t changed(const nlohmann::json& samples, const std::string& branch) {
  size_t count = 0;
  for (const auto& sample : samples) {
    const auto& continuations = value_at(sample, "/continuations");
    if (!continuations.is_array()) continue;
    std::string clean, edited;
    for (const auto& one : continuations) {
      const std::string name = text_at(one, "/branch");
      if (name == "clean") clean = text_at(one, "/text");
      if (name == branch) edited = text_at(one, "/text");
    }
    count += clean == edited ? 0 : 1;
  }
  return count;
}

}  // namespace

Panel concept_samples_panel(const ResultFolder& folder) {
  Panel panel{.id = "samples", .title = "What does the model write then?"};
  const auto& samples = value_at(folder.results, "/samples");
  if (!samples.is_array() || samples.empty()) {
    panel.missing.raw(
        "No prompt was continued. A concept file with <code>prompts</code> "
        "shows what the model writes as it is, switched off and switched on.");
    return panel;
  }
  panel.readings = {fmt::format(
      "Of {}, {} continue differently switched off and {} switched on; all "
      "continuations of a prompt draw with the same random numbers.",
      count_text(samples.size(), "prompt"), changed(samples, "off"),
      changed(samples, "on"))};
  panel.definition.raw(
      "<p>Each prompt is continued by the model as it is and with the chosen "
      "switches, at the layer and strength above. Samples show what a switch "
      "may do; they measure nothing.</p>");
  for (const auto& sample : samples) panel.after.add(sample_html(sample));
  return panel;
}

}  // namespace excise
