#include "intervention/bases/fit_input.h"

#include <algorithm>

namespace excise {

Result<size_t> components_to_fit(const FitInput& input, std::string_view basis,
                                 size_t otherwise) {
  const size_t tokens = input.activations.n_tokens();
  const size_t neurons = input.activations.n_neurons();
  const size_t wanted =
      input.options.components == 0 ? otherwise : input.options.components;
  if (wanted > neurons) {
    return fail(
        ErrorCode::kBadInput,
        {.where = "fit",
         .subject = "components of the " + std::string(basis) + " basis",
         .expected =
             "at most " + std::to_string(neurons) + ", the neurons there are",
         .found = std::to_string(wanted)});
  }
  if (wanted >= tokens) {
    return fail(ErrorCode::kBadInput,
                {.where = "fit",
                 .subject = "text for the " + std::string(basis) + " basis",
                 .expected = "more tokens than components (" +
                             std::to_string(wanted) + ")",
                 .found = std::to_string(tokens) + " tokens",
                 .hint = "give a longer text, or fewer with --components"});
  }
  return wanted;
}

Result<std::vector<size_t>> class_sizes(const FitInput& input,
                                        std::string_view basis,
                                        bool exactly_two) {
  const int last =
      input.classes.empty() ? -1 : *std::ranges::max_element(input.classes);
  std::vector<size_t> sizes(static_cast<size_t>(last + 1));
  for (const int c : input.classes) {
    if (c >= 0) ++sizes[static_cast<size_t>(c)];
  }
  if (sizes.size() < 2 || (exactly_two && sizes.size() > 2)) {
    return fail(ErrorCode::kBadInput,
                {.where = "fit",
                 .subject = "the " + std::string(basis) + " basis",
                 .expected = exactly_two ? "two classes of tokens"
                                         : "two or more classes of tokens",
                 .found = std::to_string(sizes.size()),
                 .hint = "give them with --class-file or --class-tokens"});
  }
  for (size_t c = 0; c < sizes.size(); ++c) {
    if (sizes[c] >= 2) continue;
    return fail(ErrorCode::kBadInput,
                {.where = "fit",
                 .subject = "class " + std::to_string(c),
                 .expected = "at least 2 tokens in the part that is fitted on",
                 .found = std::to_string(sizes[c])});
  }
  return sizes;
}

}  // namespace excise
