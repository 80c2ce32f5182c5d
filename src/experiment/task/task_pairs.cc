#include "experiment/task/task_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace excise {
namespace {

UnpairedPrompt unpaired(PairFault fault, std::string reason = {}) {
  if (reason.empty()) reason = fault_words(fault);
  return {.fault = fault, .reason = std::move(reason)};
}

// A pair, or why there is none.
tl::expected<TaskPair, UnpairedPrompt> pair_of(const Model& model,
                                               const TaskRow& row,
                                               const TaskPrompt& prompt) {
  const auto fault = [](PairFault of, std::string reason = {}) {
    return tl::unexpected<UnpairedPrompt>(unpaired(of, std::move(reason)));
  };
  if (!row.counterpart) return fault(PairFault::kNoCounterpart);
  if (prompt.foil.empty()) return fault(PairFault::kNoFoil);
  TaskRow other = row;
  other.prompt = *row.counterpart;
  auto counterpart = task_prompt(model, other);
  if (!counterpart)
    return fault(PairFault::kTokens, std::move(counterpart).error().message);
  const size_t length = prompt.prompt.size();
  if (counterpart->prompt.size() != length) {
    return fault(PairFault::kLength,
                 fmt::format("the prompt has {} tokens, its counterpart {}",
                             length, counterpart->prompt.size()));
  }
  if (counterpart->answer != prompt.answer ||
      counterpart->foil != prompt.foil) {
    return fault(PairFault::kTokens,
                 "answer and foil have other tokens behind the counterpart");
  }
  const auto differs =
      std::ranges::mismatch(prompt.prompt, counterpart->prompt).in1;
  if (differs == prompt.prompt.end()) return fault(PairFault::kSame);
  counterpart->row = prompt.row;
  return TaskPair{
      .counterpart = std::move(*counterpart),
      .first_difference = static_cast<size_t>(differs - prompt.prompt.begin())};
}

}  // namespace

std::string_view fault_words(PairFault fault) {
  switch (fault) {
    case PairFault::kNoCounterpart:
      return "without a counterpart";
    case PairFault::kNoFoil:
      return "without a foil";
    case PairFault::kLength:
      return "whose counterpart has another number of tokens";
    case PairFault::kSame:
      return "whose counterpart has the same tokens";
    case PairFault::kTokens:
      return "whose answers cannot be asked behind the counterpart";
  }
  return "";
}

Result<TaskPairs> task_pairs(const Model& model, std::span<const TaskRow> rows,
                             const TaskPrompts& prompts) {
  TaskPairs found;
  std::map<std::pair<std::vector<int>, std::vector<int>>, size_t> units;
  for (size_t i = 0; i < prompts.prompts.size(); ++i) {
    const TaskPrompt& prompt = prompts.prompts[i];
    auto pair = pair_of(model, rows[prompt.row], prompt);
    if (!pair) {
      pair.error().line = rows[prompt.row].line;
      found.left_out.push_back(std::move(pair).error());
      continue;
    }
    pair->prompt = i;
    const auto [first, second] =
        std::minmax(prompt.prompt, pair->counterpart.prompt);
    pair->unit =
        units.try_emplace(std::pair(first, second), units.size()).first->second;
    found.pairs.push_back(std::move(*pair));
  }
  if (!found.pairs.empty()) return found;
  std::string reason = "no prompts";
  if (!found.left_out.empty()) {
    const UnpairedPrompt& one = found.left_out.front();
    reason = fmt::format("none of {}; line {}: {}", prompts.prompts.size(),
                         one.line, one.reason);
  }
  return fail(ErrorCode::kBadInput,
              {.where = "task",
               .subject = "--swap counterparts",
               .expected = "prompts that have a counterpart of as many tokens",
               .found = std::move(reason),
               .hint = "the column counterpart of the task file has the same "
                       "prompt with answer and foil changed about"});
}

}  // namespace excise
