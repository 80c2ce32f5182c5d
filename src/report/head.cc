#include <fmt/format.h>

#include <cmath>

#include "report/panel_parts.h"
#include "report/panels.h"

namespace excise {
namespace {

const nlohmann::json& spec_of(const ResultFolder& folder) {
  return value_at(folder.results, "/manifest/spec");
}

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

// The operator in words.
std::string operator_text(const ResultFolder& folder) {
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
  html.raw("<span>K = {").text(set).raw("}</span> <span>M = ");
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
  sentences.push_back(fmt::format(
      "Removing {} makes the right next token less likely in {} of {} (q < "
      "{}); most at layer {}, where it costs {} nats a token (q = {}).",
      removed(folder), hurt.size(), count_text(folder.layers.size(), "layer"),
      significance(folder), folder.layers[*worst], number_text(means[*worst]),
      number_text(q[*worst], 2)));
  const double all = number_at(results, "/headline/mean_alone_share");
  const double outside =
      number_at(results, "/headline/mean_alone_share_without_worst");
  if (!std::isnan(outside)) {
    sentences.push_back(fmt::format(
        "With nothing removed, the mean that this operator puts back already "
        "makes {:.0f} % of that effect outside layer {} ({:.0f} % with it).",
        100 * outside, folder.layers[*worst], 100 * all));
  } else if (!value_at(folder.layer_entry(0), "/empty_branch").is_object()) {
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
    sentences.push_back(fmt::format(
        "At the end of the model the states have moved by {} % (layer {}) to "
        "{} % (layer {}) of their size.",
        number_text(100 * end[*least]), folder.layers[*least],
        number_text(100 * end[*most]), folder.layers[*most]));
  }
  return sentences;
}

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
  badge(html, "effects that are not finite", number_text(bad, 9), bad == 0);
  const double parity = number_at(audit, "/parity_max_abs_delta_logprob");
  if (!std::isnan(parity)) {
    badge(html, "difference between the executors",
          number_text(parity, 2) + " nats", parity <= 1e-4);
  }
  html.raw("</ul>");
  return html;
}

// Of the text, its beginning.
Html text_excerpt(const ResultFolder& folder) {
  std::string text;
  constexpr size_t kLongest = 280;
  bool cut = false;
  for (const std::string& piece : folder.pieces) {
    cut = text.size() > kLongest;
    if (cut) break;
    text += piece;
  }
  Html html;
  if (text.empty()) return html;
  html.raw("<blockquote><bdi>").text(text).raw(cut ? "…" : "");
  html.raw("</bdi></blockquote>");
  return html;
}

}  // namespace

Html report_head(const ResultFolder& folder) {
  const auto& results = folder.results;
  const std::string model = text_at(results, "/manifest/model/name");
  Html html;
  html.raw("<p class=\"kicker\">excise report</p><h1>")
      .text(model.empty() ? "unknown model" : model)
      .raw(" <span class=\"light\">without ")
      .text(removed(folder))
      .raw("</span></h1><p class=\"facts\">")
      .text(fmt::format(
          "{} · {} of {} · {} · {}", count_text(folder.n_tokens(), "token"),
          folder.layers.size(), count_text(folder.n_states - 1, "layer"),
          operator_name(folder), text_at(results, "/manifest/hook")))
      .raw("</p><div class=\"lead\">");
  for (const std::string& sentence : outcome(folder)) {
    html.raw("<p>").text(sentence_text(sentence)).raw("</p>");
  }
  html.raw("</div>").add(badges(folder));
  html.raw("<div class=\"two\"><section><h2>The operator</h2><p>")
      .text(operator_text(folder))
      .raw("</p>")
      .add(formula(folder))
      .raw("</section><section><h2>The text</h2>")
      .add(text_excerpt(folder))
      .raw("</section></div>");
  const std::string summary = text_at(results, "/summary");
  if (!summary.empty()) {
    html.raw("<details><summary>The summary in full</summary><p>")
        .text(summary)
        .raw("</p></details>");
  }
  return html;
}

}  // namespace excise
