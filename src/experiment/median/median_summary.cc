#include "experiment/median/median_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiment/common/mean_test.h"
#include "experiment/common/sentence_parts.h"
#include "experiment/common/words.h"
#include "math/statistics/empirical_p.h"

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
  if (std::isnan(worst.delta_logprob)) return "No effect is a number.";
  if (!(worst.delta_logprob > 0)) {
    const bool unchanged = std::ranges::all_of(
        result.cells,
        [](const MedianCell& cell) { return cell.delta_logprob == 0; });
    return fmt::format("Setting {} makes it less likely nowhere{}.",
                       what_text(result.spec),
                       unchanged ? ", nor more likely" : "");
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
    if (cell.layer == worst.layer || std::isnan(cell.delta_logprob)) continue;
    if (next == nullptr || cell.delta_logprob > next->delta_logprob) {
      next = &cell;
    }
  }
  if (next == nullptr || !(next->delta_logprob > 0)) return "";
  return fmt::format(" The next layer is {}, with {:.2f} nats at {:g} %.",
                     next->layer, next->delta_logprob, next->percent);
}

std::string signs_text(const MedianResult& result) {
  size_t lower = 0, higher = 0, changed = 0;
  for (const MedianCell& cell : result.cells) {
    lower += cell.delta_logprob > 0 ? 1 : 0;
    higher += cell.delta_logprob < 0 ? 1 : 0;
    changed += cell.top1_changed ? 1 : 0;
  }
  const size_t all = result.cells.size();
  return fmt::format(
      "Of the {} {} of layer and share, {} make the target less likely, {} "
      "more "
      "likely, and {} change the most likely next token.",
      all, all == 1 ? "combination" : "combinations", lower, higher, changed);
}

// The combinations beyond random neurons, by their one-sided p.
std::string random_text(const MedianResult& result) {
  const size_t draws = result.spec.random;
  if (draws == 0) {
    return fmt::format(
        "Whether random neurons would do the same was not measured (--random "
        "{}).",
        draws_for_p_below(kSignificance, Tail::kAbove));
  }
  if (const std::string few = too_few_draws(draws); !few.empty()) {
    return fmt::format(
        "The largest neurons cannot be told from random ones: {}.", few);
  }
  size_t beyond = 0, compared = 0;
  std::vector<size_t> layers;
  for (const MedianCell& cell : result.cells) {
    if (!cell.random_p_one_sided) continue;
    ++compared;
    if (!(*cell.random_p_one_sided < kSignificance)) continue;
    ++beyond;
    if (layers.empty() || layers.back() != cell.layer)
      layers.push_back(cell.layer);
  }
  if (compared == 0) return "";
  return fmt::format(
      "In {} of {} combinations{} the largest neurons lower the target more, "
      "or "
      "raise it less, than as many random ones ({} draws, one-sided p < {}); "
      "{}.",
      beyond, compared, layers.empty() ? "" : " (" + layer_list(layers) + ")",
      draws, kSignificance, chance_words(compared, draws, "combinations"));
}

std::string target_text(const Model& model, const MedianResult& result) {
  std::string text =
      fmt::format("After the prompt the model gives {} p = {:.3g} (rank {}).",
                  quoted_token(model, result.target),
                  std::exp(result.clean.logprob), result.clean_rank);
  if (result.clean_rank > 1) {
    text += fmt::format(" Its first choice is {}.",
                        quoted_token(model, result.clean_top1));
  }
  return text;
}

}  // namespace

std::vector<Passage> median_passages(const Model& model,
                                     const MedianResult& result) {
  return said({{"target", target_text(model, result)},
               {"worst", worst_text(result) + other_layers_text(result)},
               {"signs", signs_text(result)},
               {"random", random_text(result)}});
}

std::string median_summary(const Model& model, const MedianResult& result) {
  return joined(median_passages(model, result));
}

}  // namespace excise
