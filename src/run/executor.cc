#include "run/executor.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>

#include "math/statistics/finite.h"
#include "model/finite_check.h"
#include "model/forward.h"
#include "run/edit_place.h"
#include "run/text_rows.h"

namespace excise {
namespace {

tl::unexpected<Error> bad_branch(size_t index, std::string expected) {
  return fail(ErrorCode::kInternal,
              {.where = "executor",
               .subject = "branch " + std::to_string(index),
               .expected = std::move(expected)});
}

using excise::all_finite;  // beside those of this file

bool all_finite(std::span<const Prediction> predictions) {
  return std::ranges::all_of(predictions, [](const Prediction& prediction) {
    return std::isfinite(prediction.logprob) && std::isfinite(prediction.logit);
  });
}

bool all_finite(const CleanRun& run) {
  return all_finite(run.logprob) && all_finite(run.logit) &&
         all_finite(run.state_norm) && std::isfinite(run.resid_final_norm) &&
         all_finite(run.requested);
}

bool all_finite(const BranchEffect& effect) {
  return all_finite(effect.delta_logprob) && all_finite(effect.delta_logit) &&
         all_finite(effect.kl) && all_finite(effect.drift) &&
         std::isfinite(effect.drift_resid_final) &&
         all_finite(effect.drift_per_token.view()) &&
         all_finite(effect.requested);
}

tl::unexpected<Error> not_finite(std::string subject, std::string hint) {
  return fail(ErrorCode::kBadInput, {.where = "forward",
                                     .subject = std::move(subject),
                                     .expected = "finite numbers",
                                     .found = "NaN or infinity",
                                     .hint = std::move(hint)});
}

}  // namespace

Status check_clean(const CleanRun& clean) {
  if (all_finite(clean)) return {};
  return not_finite("predictions of the clean run",
                    "its logits are beyond what float32 can compare");
}

Status check_effects(std::span<const Branch> branches,
                     std::span<const BranchEffect> effects) {
  for (size_t b = 0; b < effects.size(); ++b) {
    if (all_finite(effects[b])) continue;
    return not_finite("layer " + std::to_string(branches[b].layer) +
                          ", effect of the branch " +
                          std::string(branches[b].tag.name),
                      "the edit drives the model out of float32");
  }
  return {};
}

Status check_input(const ExecutorInput& input) {
  const TextRows rows(input.ids.size(), input.starts);
  for (size_t text = 0; text < rows.texts(); ++text) {
    EXCISE_CHECK(check_ids(
        input.config, input.ids.subspan(rows.first(text), rows.count(text))));
  }
  for (size_t b = 0; b < input.branches.size(); ++b) {
    const Branch& branch = input.branches[b];
    if (branch.layer >= input.config.n_layers) {
      return bad_branch(b, "a layer of the model");
    }
    if (std::ranges::find(kEditHooks, branch.hook) == kEditHooks.end()) {
      return bad_branch(b, "an edit at one of kEditHooks");
    }
    EXCISE_CHECK(check_edit_place(input.config, branch.hook));
    for (const size_t further : branch.further) {
      if (further <= branch.layer || further >= input.config.n_layers)
        return bad_branch(b, "further layers above its own");
    }
    if (branch.parts != EffectParts::kNone && !branch.further.empty())
      return bad_branch(b, "parts of the effect of one edited layer");
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
