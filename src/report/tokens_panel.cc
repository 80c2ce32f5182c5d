#include <fmt/format.h>

#include <cmath>
#include <tuple>

#include "report/panel_parts.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

const char* const kDefinition =
    "<p>Each token x<sub>t</sub> is coloured by d<sub>t</sub> = log "
    "p<sub>clean</sub> − log p<sub>edited</sub> of itself, given the tokens "
    "before it, in nats. Orange: the edit made it less likely; blue: more "
    "likely. The scale is centred at 0. Token 0 has nothing before it, and no "
    "effect. <em>KL</em> is of what each position predicts for the next "
    "one.</p>";

Figure stems(const ResultFolder& folder, const std::string& id,
             const std::string& choice, const std::string& unit, Hue hue,
             std::vector<double> values) {
  Figure figure{.id = "tokens-" + id,
                .title = "Each token at the chosen layer: " + choice,
                .choice = choice,
                .x = token_axis(folder),
                .y = {.title = unit}};
  figure.follows_layer = true;
  figure.rules = {{0, false, ""}};
  Series series{.name = choice, .mark = Mark::kStems, .hue = hue};
  series.x = positions(folder);
  series.y = std::move(values);
  series.by_sign = id != "kl";  // which cannot be below 0
  figure.series.push_back(std::move(series));
  return figure;
}

std::string quoted(const ResultFolder& folder, size_t token) {
  const std::string& piece = folder.pieces[token];
  return piece.empty() ? fmt::format("token {}", folder.ids[token])
                       : "\u201C" + token_label(piece, 24) + "\u201D";
}

// Of a layer with an effect.
std::string largest_words(const ResultFolder& folder, size_t row) {
  const auto& entry = folder.layer_entry(row);
  const double position = number_at(entry, "/largest_token/position");
  const double share = number_at(entry, "/largest_token/share");
  if (!(number_at(entry, "/default_n/q") < significance(folder)) ||
      !(position < static_cast<double>(folder.n_tokens())) || std::isnan(share))
    return "";
  const auto token = static_cast<size_t>(position);
  return fmt::format(". Of the sum of effects {} at position {} alone has {} %",
                     quoted(folder, token), token, number_text(100 * share, 3));
}

std::string reading(const ResultFolder& folder, size_t row) {
  const auto effects = folder.array("delta_logprob")->row(row);
  if (effects.size() < 2) return "One token has nothing to be predicted from.";
  size_t down = 0, up = 0, worst = 1, best = 1;
  for (size_t t = 1; t < effects.size(); ++t) {
    down += effects[t] > 0 ? 1 : 0;
    up += effects[t] < 0 ? 1 : 0;
    if (effects[t] > effects[worst]) worst = t;
    if (effects[t] < effects[best]) best = t;
  }
  std::string text = fmt::format(
      "With layer {} edited, {} of {} tokens become less likely and {} more",
      folder.layers[row], down, effects.size() - 1, up);
  if (effects[worst] > 0) {
    text +=
        fmt::format("; hurt most is {} at position {} ({} nats)",
                    quoted(folder, worst), worst, signed_text(effects[worst]));
  }
  if (effects[best] < 0) {
    text += fmt::format(", helped most {} at {} ({} nats)",
                        quoted(folder, best), best, signed_text(effects[best]));
  }
  return text + largest_words(folder, row) + ".";
}

}  // namespace

Panel tokens_panel(const ResultFolder& folder) {
  Panel panel{.id = "tokens", .title = "Which tokens does it hit?"};
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    panel.readings.push_back(reading(folder, row));
  }
  panel.definition.raw(kDefinition);
  panel.before.raw(R"(<div id="token-text"></div>)");
  const auto effects = flat(*folder.array("delta_logprob"));
  Slot slot;
  slot.choices.push_back(stems(folder, "removal", edit_name(folder),
                               "nats (above 0 hurts)", Hue::kRemoval, effects));
  for (const auto& [suffix, id, name, hue] :
       {std::tuple{"removed", "removed", "removed alone", Hue::kNet},
        std::tuple{"empty", "mean-alone", "mean alone", Hue::kMeanAlone}}) {
    const Matrix<double>* alone =
        folder.array(std::string("delta_logprob_") + suffix);
    const std::string branch = std::string("/") + suffix + "_branch";
    if (alone == nullptr ||
        !value_at(folder.layer_entry(0), branch.c_str()).is_object()) {
      continue;
    }
    slot.choices.push_back(
        stems(folder, id, name, "nats (above 0 hurts)", hue, flat(*alone)));
  }
  if (const Matrix<double>* kl = folder.array("kl")) {
    slot.choices.push_back(
        stems(folder, "kl", "KL divergence", "nats", Hue::kFourth, flat(*kl)));
  }
  panel.slots.push_back(std::move(slot));
  panel.after.raw(
      R"(<details id="token-table"><summary>As a table</summary></details>)");
  return panel;
}

}  // namespace excise
