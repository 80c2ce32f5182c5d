#include <fmt/format.h>

#include <cmath>

#include "report/head_parts.h"
#include "report/median_panels.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

bool all_positions(const ResultFolder& folder) {
  return text_at(spec_of(folder), "/positions") == "all";
}

std::string prediction_text(const ResultFolder& folder) {
  const auto& clean = value_at(folder.results, "/clean");
  const double rank = number_at(clean, "/rank");
  std::string text =
      fmt::format("After the prompt the model gives {} p = {}",
                  target_text(folder), number_text(number_at(clean, "/prob")));
  if (rank == 1) return text + ", more than any other token.";
  const std::string first = text_at(clean, "/top1_piece");
  text += fmt::format(", rank {}", number_text(rank, 6));
  if (!first.empty()) {
    text += "; its first choice is \u201C" + token_label(first, 24) + "\u201D";
  }
  return text + ".";
}

// The largest effect of the other layers.
std::string next_layer_text(const ResultFolder& folder, size_t row) {
  Matrix<double> others(folder.array("delta_logprob")->rows(),
                        folder.array("delta_logprob")->cols());
  const auto effect = flat(*folder.array("delta_logprob"));
  std::copy(effect.begin(), effect.end(), others.values().begin());
  for (double& value : others.row(row)) value = NAN;
  const auto next = largest(flat(others));
  if (!next || others.values()[*next] <= 0) return "";
  return fmt::format(" The next layer is {}, with {} nats at {}.",
                     folder.layers[*next / others.cols()],
                     number_text(others.values()[*next]),
                     share_text(folder, *next % others.cols()));
}

std::string strongest_text(const ResultFolder& folder) {
  const auto cell = largest_cell(folder);
  if (!cell) return "No effect could be measured.";
  const double effect =
      folder.array("delta_logprob")->row(cell->row)[cell->col];
  if (effect <= 0) {
    return "Nowhere does the replacement make it less likely.";
  }
  const double before = number_at(folder.results, "/clean/logprob");
  return fmt::format(
             "Setting the largest {} of layer {} to {} hits it hardest: {} "
             "nats, from p = {} to {}.",
             share_text(folder, cell->col), folder.layers[cell->row],
             replacement_text(folder), number_text(effect),
             number_text(std::exp(before)),
             number_text(std::exp(before - effect), 2)) +
         next_layer_text(folder, cell->row);
}

Html operator_html(const ResultFolder& folder) {
  const bool magnitude = text_at(spec_of(folder), "/by") == "magnitude";
  Html html;
  html.raw("<p>")
      .text(fmt::format(
          "At one layer at a time, take the pre-activations of the MLP at {}, "
          "set the {} of them to {}, and let the rest of the model run on.",
          all_positions(folder) ? "every token (each by itself)"
                                : "the last token",
          magnitude ? "ones of largest magnitude" : "largest ones",
          replacement_text(folder)))
      .raw(
          "</p><p class=\"formula\"><span>n = ⌊p N⌋ of N neurons</span> <span>")
      .raw(
          "effect = log p<sub>clean</sub>(target) − log p<sub>edited</sub>"
          "(target)</span></p>");
  return html;
}

}  // namespace

Html median_head(const ResultFolder& folder) {
  Head head;
  head.change =
      "with its largest activations set to " + replacement_text(folder);
  head.facts = fmt::format(
      "{} · target {} · {} · {} · {}", count_text(folder.n_tokens(), "token"),
      target_text(folder), count_text(folder.layers.size(), "layer"),
      count_text(folder.array("percent")->cols(), "share"),
      text_at(folder.results, "/manifest/hook"));
  head.lead = {prediction_text(folder), strongest_text(folder)};
  head.left_title = "The operator";
  head.left = operator_html(folder);
  head.right_title = "The prompt";
  MarkedText prompt{.pieces = folder.pieces};
  prompt.first = all_positions(folder) ? 0 : folder.n_tokens() - 1;
  prompt.count = folder.n_tokens() - prompt.first;
  prompt.next = text_at(folder.results, "/target/piece");
  head.right.add(marked_text(prompt))
      .raw(
          "<p class=\"note\">Marked: where activations are replaced. In the "
          "frame: the target.</p>");
  return head_html(folder, head);
}

}  // namespace excise
