#include <string>
#include <vector>

#include "report/checklist.h"
#include "report/panel_parts.h"
#include "report/passage.h"
#include "report/sweep_panels.h"

namespace excise {

std::vector<CheckLine> check_lines(const ResultFolder& folder) {
  std::vector<CheckLine> lines;
  const auto& list = value_at(folder.results, "/checklist");
  if (!list.is_array()) return lines;
  for (const auto& item : list) {
    const auto& asked = value_at(item, "/asked");
    lines.push_back({.question = text_at(item, "/question"),
                     .asked = asked.is_boolean() && asked.get<bool>(),
                     .outcome = text_at(item, "/outcome"),
                     .option = text_at(item, "/option")});
  }
  return lines;
}

std::optional<Panel> checklist_panel(const ResultFolder& folder) {
  const auto lines = check_lines(folder);
  if (lines.empty()) return std::nullopt;
  Panel panel{.id = "checklist", .title = "What would a reviewer ask?"};
  Html table;
  table.raw(
      "<table class=\"checklist\"><thead><tr><th scope=\"col\">question</th>"
      "<th scope=\"col\">what came out</th></tr></thead><tbody>");
  for (const CheckLine& line : lines) {
    table.raw("<tr><th scope=\"row\">").text(line.question).raw("</th><td>");
    if (line.asked) {
      table.text(line.outcome);
    } else {
      table.raw("not asked: <code>").text(line.option).raw("</code>");
    }
    table.raw("</td></tr>");
  }
  table.raw("</tbody></table>");
  panel.before.add(table);
  panel.definition.raw(
      "<p>What one run cannot answer stands with what to type. "
      "<code>--evidence</code> asks all that one text can answer.</p>");
  return panel;
}

}  // namespace excise
