#include "experiment/median/median_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiment/words.h"

namespace excise {
namespace {

std::string place_text(const MedianSpec& spec) {
  return spec.rows == MedianRows::kAll ? "every token" : "the last token";
}

std::string what_text(const MedianSpec& spec) {
  const char* by =
      spec.by == TopBy::kMagnitude ? "largest (by magnitude)" : "largest";
  const std::string to =
      spec.replace_with == Replacement::kZero
          ? "0"
          : fmt::format("their {}", replacement_name(spec.replace_with));
  return fmt::format("the {} MLP pre-activations of {} to {}", by,
                     place_text(spec), to);
}

std::string worst_text(const MedianResult& result) {
  const MedianCell& worst = result.worst();
  const double before = std::exp(result.clean.logprob);
  if (!(worst.delta_logprob > 0)) {
    return fmt::format("Setting {} costs it nothing at any layer and share.",
                       what_text(result.spec));
  }
  return fmt::format(
      "Setting {} costs it most at layer {} with {:g} %: {:.2f} nats, from p = "
      "{:.3g} to {:.3g}.",
      what_text(result.spec), worst.layer, worst.percent, worst.delta_logprob,
      before, std::exp(result.clean.logprob - worst.delta_logprob));
}

// How far the other layers are behind the worst one.
std::string other_layers_text(const MedianResult& result) {
  const MedianCell& worst = result.worst();
  const MedianCell* next = nullptr;
  for (const MedianCell& cell : result.cells) {
    if (cell.layer == worst.layer) continue;
    if (next == nullptr || cell.delta_logprob > next->delta_logprob) {
      next = &cell;
    }
  }
  if (next == nullptr || !(next->delta_logprob > 0)) return "";
  return fmt::format(" The next layer is {}, with {:.2f} nats at {:g} %.",
                     next->layer, next->delta_logprob, next->percent);
}

std::string signs_text(const MedianResult& result) {
  const auto lower = std::ranges::count_if(
      result.cells, [](const auto& cell) { return cell.delta_logprob > 0; });
  const auto changed = std::ranges::count_if(
      result.cells, [](const auto& cell) { return cell.top1_changed; });
  return fmt::format(
      " Of the {} combinations of layer and share, {} make the target less "
      "likely and {} change the most likely next token.",
      result.cells.size(), lower, changed);
}

std::string random_text(const MedianResult& result) {
  if (result.spec.random == 0) {
    return " Whether random neurons would do the same was not measured "
           "(--random 20).";
  }
  // At least as many draws as can show it.
  constexpr double kLevel = 0.05;
  const auto beyond = std::ranges::count_if(
      result.cells, [](const auto& cell) { return *cell.random_p <= kLevel; });
  return fmt::format(
      " In {} of them the largest neurons cost more than as many random ones "
      "(empirical p <= {} of {} draws).",
      beyond, kLevel, result.spec.random);
}

}  // namespace

std::string median_summary(const Model& model, const MedianResult& result) {
  const double p = std::exp(result.clean.logprob);
  std::string text =
      fmt::format("After the prompt the model gives {} p = {:.3g} (rank {}).",
                  quoted_token(model, result.target), p, result.clean_rank);
  if (result.clean_rank > 1) {
    text += fmt::format(" Its first choice is {}.",
                        quoted_token(model, result.clean_top1));
  }
  return text + " " + worst_text(result) + other_layers_text(result) +
         signs_text(result) + random_text(result);
}

}  // namespace excise
