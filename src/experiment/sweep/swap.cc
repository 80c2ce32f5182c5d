#include "experiment/sweep/swap.h"

#include <algorithm>
#include <string>
#include <utility>

#include "experiment/common/token_selection.h"
#include "model/forward.h"
#include "model/kept_value.h"

namespace excise {
namespace {

tl::unexpected<Error> refused(std::string expected, std::string found) {
  return fail(ErrorCode::kBadInput,
              {.where = "sweep",
               .subject = "text to swap with",
               .expected = std::move(expected),
               .found = std::move(found),
               .hint = "give --swap the same sentence with one word changed "
                       "for another of one token; excise tokenize shows them"});
}

}  // namespace

Result<OtherText> align(std::span<const int> ids, std::vector<int> other) {
  const auto [here, there] = std::ranges::mismatch(ids, other);
  const auto first = static_cast<size_t>(here - ids.begin());
  if (ids.size() != other.size()) {
    return refused(
        "as many tokens as the text has, " + std::to_string(ids.size()),
        std::to_string(other.size()) + "; they differ from token " +
            std::to_string(first) + " on");
  }
  if (first == ids.size()) return refused("another text", "the same tokens");
  if (first + 1 == ids.size()) {
    return refused(
        "a difference before the last token, for a later one to show",
        "the last token alone differs");
  }
  return OtherText{std::move(other), first};
}

Result<OtherValues> read_other_text(const Model& model, const OtherText& other,
                                    HookPoint hook,
                                    std::span<const size_t> layers,
                                    const Progress& progress) {
  OtherValues values;
  std::vector<Hook> hooks = {
      keep_value(hook_name({HookPoint::kResidPre, 0}), values.embedded)};
  for (const size_t layer : layers)
    hooks.push_back(
        keep_value(hook_name({hook, layer}), values.at_layer[layer]));
  EXCISE_TRY(
      run_forward(model.config, model.weights, other.ids, hooks, progress));
  return values;
}

std::vector<size_t> tested_of_swap(std::span<const uint8_t> edited,
                                   size_t tokens, size_t first_difference) {
  std::vector<uint8_t> swapped(tokens, 1);
  if (!edited.empty()) std::ranges::copy(edited, swapped.begin());
  std::fill_n(swapped.begin(), first_difference, 0);
  return reached_tokens(swapped);
}

}  // namespace excise
