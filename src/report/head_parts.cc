#include "report/head_parts.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "io/utf8.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

void badge(Html& html, std::string_view name, const std::string& value,
           bool good) {
  html.raw(good ? "<li class=\"badge good\">" : "<li class=\"badge bad\">")
      .raw(good ? "<span aria-hidden=\"true\">✓</span> "
                : "<span aria-hidden=\"true\">!</span> ")
      .text(name)
      .raw(" <strong>")
      .text(value)
      .raw("</strong></li>");
}

Html badges(const ResultFolder& folder) {
  const auto& audit = value_at(folder.results, "/audit");
  Html html;
  if (!audit.is_object()) {
    html.raw("<ul class=\"badges\" aria-label=\"Audit\">");
    badge(html, "audit", "none in this result", false);
    return html.raw("</ul>");
  }
  html.raw("<ul class=\"badges\" aria-label=\"Audit\">");
  const double error = number_at(audit, "/no_op_max_abs_delta_logprob");
  badge(html, "largest difference without an edit",
        number_text(error, 2) + " nats", error <= 1e-4);
  const double fired = number_at(audit, "/edits_fired");
  const double expected = number_at(audit, "/edits_expected");
  badge(html, "edits applied",
        number_text(fired, 9) + " of " + number_text(expected, 9),
        fired == expected);
  const double bad = number_at(audit, "/non_finite");
  if (!std::isnan(bad)) {
    badge(html, "effects that are not finite", number_text(bad, 9), bad == 0);
  }
  html.raw("</ul>");
  return html;
}

void add_paragraphs(Html& html, std::string_view style,
                    std::span<const std::string> paragraphs) {
  if (paragraphs.empty()) return;
  html.raw("<div class=\"").text(style).raw("\">");
  for (const std::string& paragraph : paragraphs)
    html.raw("<p>").text(sentence_text(paragraph)).raw("</p>");
  html.raw("</div>");
}

}  // namespace

Html text_excerpt(std::string_view text) {
  constexpr size_t kLongest = 280;
  const std::string_view shown = beginning(text, kLongest);
  Html html;
  if (text.empty()) return html;
  html.raw("<blockquote><bdi>").text(shown);
  html.raw(shown.size() < text.size() ? "…" : "");
  html.raw("</bdi></blockquote>");
  return html;
}

Html marked_text(const MarkedText& text) {
  constexpr size_t kBefore = 280;
  const size_t end = std::min(text.first + text.count, text.pieces.size());
  size_t begin = end;
  for (size_t shown = 0; begin > 0 && shown < kBefore;) {
    shown += text.pieces[--begin].size();
  }
  const auto run = [&](size_t from, size_t to) {
    std::string joined;
    for (size_t i = std::max(from, begin); i < to; ++i)
      joined += text.pieces[i];
    return joined;
  };
  Html html;
  html.raw("<blockquote class=\"marked\"><bdi>").raw(begin > 0 ? "…" : "");
  html.text(run(0, text.first)).raw("<mark>").text(run(text.first, end));
  html.raw("</mark></bdi>");
  if (!text.next.empty()) {
    html.raw("<bdi class=\"next\">").text(text.next).raw("</bdi>");
  }
  return html.raw("</blockquote>");
}

const nlohmann::json& spec_of(const ResultFolder& folder) {
  return value_at(folder.results, "/manifest/spec");
}

Html head_html(const ResultFolder& folder, const Head& head) {
  const std::string model = text_at(folder.results, "/manifest/model/name");
  Html html;
  html.raw("<p class=\"kicker\">excise report</p><h1>")
      .text(model.empty() ? "unknown model" : model)
      .raw(" <span class=\"light\">")
      .text(head.change)
      .raw("</span></h1><p class=\"facts\">")
      .text(head.facts)
      .raw("</p>");
  add_paragraphs(html, "warnings", head.warnings);
  const std::span<const std::string> lead = head.lead;
  const size_t above =
      head.main ? std::min<size_t>(1, lead.size()) : lead.size();
  add_paragraphs(html, "lead", lead.first(above));
  if (head.main) {
    // The figure has a title of the third order.
    html.raw(
            "<section class=\"opening\"><h2 class=\"unseen\">The effect by "
            "layer</h2>")
        .add(slot_html(*head.main))
        .raw("</section>");
  }
  add_paragraphs(html, "rest", lead.subspan(above));
  html.add(badges(folder));
  html.raw("<div class=\"two\"><section><h2>")
      .text(head.left_title)
      .raw("</h2>")
      .add(head.left)
      .raw("</section><section><h2>")
      .text(head.right_title)
      .raw("</h2>")
      .add(head.right)
      .raw("</section></div>");
  const std::string summary = text_at(folder.results, "/summary");
  if (!summary.empty()) {
    html.raw("<details><summary>The summary in full</summary><p>")
        .text(summary)
        .raw("</p></details>");
  }
  return html;
}

}  // namespace excise
