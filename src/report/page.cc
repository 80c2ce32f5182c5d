#include "report/page.h"

#include <nlohmann/json.hpp>

#include "report/assets.h"
#include "report/figure_json.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

using Json = nlohmann::ordered_json;

bool follows_layer(const Panel& panel) {
  for (const Slot& slot : panel.slots) {
    for (const Figure& figure : slot.choices) {
      if (figure.follows_layer) return true;
    }
  }
  return false;
}

void add_panel(Html& html, const Panel& panel, size_t row) {
  html.raw(panel.missing.empty() ? "<section class=\"panel\" id=\""
                                 : "<section class=\"panel absent\" id=\"")
      .text(panel.id);
  html.raw("\" aria-labelledby=\"").text(panel.id).raw("-title\"><h2 id=\"");
  html.text(panel.id).raw("-title\">").text(panel.title).raw("</h2>");
  if (!panel.missing.empty()) {
    html.raw("<p class=\"missing\">").add(panel.missing).raw("</p></section>");
    return;
  }
  if (!panel.statements.empty()) {
    html.raw("<ul class=\"reading statements\">");
    for (const std::string& statement : panel.statements) {
      html.raw("<li>");
      for (const std::string& sentence : sentences(statement))
        html.raw("<p>").text(sentence_text(sentence)).raw("</p>");
      html.raw("</li>");
    }
    html.raw("</ul>");
  }
  if (!panel.readings.empty()) {
    const size_t first = panel.readings.size() > 1 ? row : 0;
    html.raw("<p class=\"reading\" aria-live=\"polite\" data-reading=\"");
    html.text(panel.id)
        .raw("\">")
        .text(sentence_text(panel.readings[first]))
        .raw("</p>");
  }
  html.raw("<details class=\"definition\"><summary>Definition</summary><div>");
  html.add(panel.definition).raw("</div></details>").add(panel.before);
  if (!panel.slots.empty()) html.raw("<div class=\"figures\">");
  for (const Slot& slot : panel.slots) html.add(slot_html(slot));
  if (!panel.slots.empty()) html.raw("</div>");
  html.add(panel.after).raw("</section>");
}

Html bar(const Page& page) {
  Html html;
  html.raw("<header class=\"bar\"><nav aria-label=\"Panels\">");
  for (const Panel& panel : page.panels) {
    std::string name = panel.id;
    name[0] = static_cast<char>(name[0] - 'a' + 'A');
    html.raw("<a href=\"#").text(panel.id).raw("\">").text(name).raw("</a>");
  }
  html.raw("</nav>");
  bool follows = false;
  for (const Panel& panel : page.panels) {
    follows = follows || follows_layer(panel);
  }
  if (follows && page.layers.size() > 1) {
    const std::string last = std::to_string(page.layers.size() - 1);
    html.raw(
            "<div class=\"layer-control\"><label for=\"layer\">Edited layer "
            "</label><output for=\"layer\">")
        .text(std::to_string(page.layers[page.row]))
        .raw("</output><input type=\"range\" id=\"layer\" min=\"0\" max=\"")
        .text(last)
        .raw("\" step=\"1\" value=\"")
        .text(std::to_string(page.row))
        .raw("\"></div>");
  }
  html.raw("<button type=\"button\" id=\"theme\">Dark</button></header>");
  return html;
}

Json page_data(const Page& page) {
  Json figures = Json::object();
  Json readings = Json::object();
  const auto add = [&](const Slot& slot) {
    for (const Figure& figure : slot.choices)
      figures[figure.id] = figure_json(figure);
  };
  if (page.main) add(*page.main);
  for (const Panel& panel : page.panels) {
    // Readings are set as text by the script, so they are made visible here.
    Json texts = Json::array();
    for (const std::string& text : panel.readings) {
      texts.push_back(visible_text(sentence_text(text)));
    }
    if (!texts.empty()) readings[panel.id] = std::move(texts);
    for (const Slot& slot : panel.slots) add(slot);
  }
  Json pieces = Json::array();
  for (const std::string& piece : page.tokens.pieces) {
    pieces.push_back(visible_text(piece));
  }
  return {{"layers", page.layers},
          {"row", page.row},
          {"themes",
           {{"light", theme_json(light_theme())},
            {"dark", theme_json(dark_theme())}}},
          {"tokens",
           {{"pieces", std::move(pieces)},
            {"ids", page.tokens.ids},
            {"logprob", numbers_json(page.tokens.logprob)}}},
          {"readings", std::move(readings)},
          {"figures", std::move(figures)}};
}

}  // namespace

std::string page_html(const Page& page) {
  Html html;
  // Nothing may be fetched or sent, and no script may run but these two.
  html.raw(
          "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
          "<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\""
          "default-src 'none'; script-src ")
      .raw(script_hashes())
      .raw(
          "; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; "
          "form-action 'none'\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, "
          "initial-scale=1\">\n<meta name=\"generator\" content=\"excise\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n"
          // No file beside the page, so no icon to ask for.
          "<link rel=\"icon\" href=\"data:,\">\n<title>")
      .text(page.title)
      .raw("</title>\n<style>")
      .raw(page_style())
      .raw(
          "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to "
          "the content</a>\n")
      .add(bar(page))
      .raw("\n<main id=\"main\">\n<div class=\"head\">")
      .add(page.head)
      .raw(
          "</div>\n<noscript><p class=\"missing\">The figures need JavaScript; "
          "the text and the tables do not.</p></noscript>\n");
  for (const Panel& panel : page.panels) {
    add_panel(html, panel, page.row);
    html.raw("\n");
  }
  html.raw("</main>\n<footer>Made by ")
      .text(page.program)
      .raw(
          ". This page holds all of its data and needs no network. Figures: "
          "Plotly (MIT licence).</footer>\n"
          "<script id=\"data\" type=\"application/json\">")
      .raw(script_json(page_data(page)))
      .raw("</script>\n<script>")
      .raw(plotly_script())
      .raw("</script>\n<script>")
      .raw(page_script())
      .raw("</script>\n</body>\n</html>\n");
  return html.str();
}

}  // namespace excise
