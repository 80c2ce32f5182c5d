#include "experiment/executor.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "model/forward.h"

namespace excise {
namespace {

tl::unexpected<Error> bad_branch(size_t index, std::string expected) {
  return fail(ErrorCode::kInternal,
              {.where = "executor",
               .subject = "branch " + std::to_string(index),
               .expected = std::move(expected)});
}

}  // namespace

Status check_input(const ExecutorInput& input) {
  EXCISE_CHECK(check_ids(input.config, input.ids));
  for (size_t b = 0; b < input.branches.size(); ++b) {
    const Branch& branch = input.branches[b];
    if (branch.layer >= input.config.n_layers) {
      return bad_branch(b, "a layer of the model");
    }
    if (std::ranges::find(kEditHooks, branch.hook) == kEditHooks.end()) {
      return bad_branch(b, "an edit in the MLP or behind it");
    }
    for (const size_t further : branch.further) {
      if (further <= branch.layer || further >= input.config.n_layers)
        return bad_branch(b, "further layers above its own");
    }
    if (b == 0) continue;
    const Branch& last = input.branches[b - 1];
    if (std::tie(branch.layer, branch.hook) < std::tie(last.layer, last.hook)) {
      return bad_branch(b, "branches in the order of their layers and hooks");
    }
  }
  for (const PredictionRequest& request : input.requests) {
    if (request.position >= input.ids.size() || request.token < 0 ||
        static_cast<size_t>(request.token) >= input.config.d_vocab) {
      return fail(
          ErrorCode::kBadInput,
          {.where = "executor",
           .subject = "prediction of token " + std::to_string(request.token) +
                      " after position " + std::to_string(request.position),
           .expected = "a position of the text and a token of the "
                       "vocabulary"});
    }
  }
  return {};
}

}  // namespace excise
