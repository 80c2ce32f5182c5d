#include "experiment/corpus/token_rows.h"

#include <utility>

#include "experiment/common/words.h"
#include "experiment/corpus/text_sums.h"

namespace excise {

TokenRows::TokenRows(std::vector<double> numbers,
                     std::vector<std::string> pieces)
    : numbers_(std::move(numbers)), pieces_(std::move(pieces)) {}

TokenRows token_rows(const Model& model, const SweepPlan& plan,
                     const BatchOutput& batch, size_t text, size_t context) {
  const size_t first = batch.rows.first(text);
  std::vector<double> numbers;
  std::vector<std::string> pieces;
  for (const size_t t : measured_tokens(plan, context)) {
    pieces.push_back(token_piece(model, plan.ids[t]));
    numbers.push_back(static_cast<double>(t));
    const auto& effects = batch.output.effects;
    for (const size_t branch : plan.branches.removal)
      numbers.push_back(effects[branch].delta_logprob[first + t]);
    // What the model says of token t stands at the position before it.
    for (const size_t branch : plan.branches.removal)
      numbers.push_back(effects[branch].kl[first + t - 1]);
  }
  return {std::move(numbers), std::move(pieces)};
}

}  // namespace excise
