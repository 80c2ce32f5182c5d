// A branch is one edited run of the model: it leaves the clean run at one
// layer.
#ifndef EXCISE_RUN_BRANCH_H_
#define EXCISE_RUN_BRANCH_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "model/architecture/hooks.h"

namespace excise {

// What a branch is in the terms of its experiment, which its name tells apart;
// the name stands in messages.
struct BranchTag {
  std::string_view name = "edit";
  bool keeps_drift = true;  // states are measured token by token
  bool is_checked = true;   // one of those that run in float32 too may be it
  bool operator==(const BranchTag& other) const { return name == other.name; }
};

// Of which parts of the model an effect is told: of none, of the edit's own
// write alone, or of that and all later ones (docs/method.md, section 9).
enum class EffectParts { kNone, kDirect, kAll };

struct Branch {
  size_t layer = 0;  // whose activation is edited
  BranchTag tag = {};
  size_t index = 0;  // for whoever makes the edits
  // One of kEditHooks (executor.h).
  HookPoint hook = HookPoint::kMlpPre;
  std::vector<size_t> further = {};        // layers above that are edited too
  EffectParts parts = EffectParts::kNone;  // none of several layers

  bool edits(size_t l) const {
    return l == layer || std::ranges::find(further, l) != further.end();
  }
};

inline bool asks_for_parts(const Branch& branch) {
  return branch.parts != EffectParts::kNone;
}

// Whether one of these is edited at this hook, where there is one.
inline bool any_at(std::span<const Branch> branches,
                   std::optional<HookPoint> hook) {
  return std::ranges::any_of(
      branches, [hook](const Branch& branch) { return branch.hook == hook; });
}

// A prediction to look at: how the model rates `token` after `position`.
struct PredictionRequest {
  size_t position = 0;
  int token = 0;
};

// Log-probability in nats and raw logit.
struct Prediction {
  double logprob = 0;
  double logit = 0;
};

// What the clean run did. Entry t of logprob and logit belongs to token t,
// predicted from t - 1 (entry 0 is 0); top1[t] is the most likely token after
// position t.
struct CleanRun {
  std::vector<double> logprob;  // [tokens] nats
  std::vector<double> logit;    // [tokens]
  std::vector<int> top1;        // [tokens]
  std::vector<double>
      state_norm;  // [n_layers + 1] Frobenius norm of each state
  double resid_final_norm =
      0;  // the residual stream before the final LayerNorm
  std::vector<Prediction> requested;  // [requests]
};

// Where an effect arises, in nats at each token; entry 0 is 0.
struct PartsOfEffect {
  // [tokens] clean - edited log probability where nothing but the edit's own
  // write is added to the clean stream. Empty where it was not asked for.
  std::vector<double> direct;
  // [1 + 2 n_layers, tokens] shares that add up to delta_logprob: of the edit's
  // own write, and of the attention and the MLP of each block.
  Matrix<double> shares;
  double error = 0;   // largest |sum of shares - delta_logprob|
  size_t points = 0;  // most that a token's integral took
};

// What one branch did to the same text, against the clean run (docs/method.md,
// section 3).
struct BranchEffect {
  std::vector<double>
      delta_logprob;  // [tokens] clean - edited; entry 0 is 0; positive hurts
  std::vector<double> delta_logit;  // [tokens] clean - edited
  std::vector<double>
      kl;  // [tokens] KL(clean || edited) of what position t predicts
  // [tokens] the most likely token after position t; ties go to the lower id.
  std::vector<int> top1;
  std::vector<uint8_t> top1_changed;  // [tokens] 1 where that is another
  std::vector<double>
      drift;  // [n_layers + 1] ||H_s - H'_s||; the last after ln_final
  double drift_resid_final = 0;  // the same before ln_final
  Matrix<float>
      drift_per_token;  // [n_layers + 1, tokens]; empty where it is not kept
  size_t fired = 0;     // how often the edit was applied
  std::vector<Prediction> requested;  // [requests] clean - edited
  PartsOfEffect parts;                // as the branch asks for them
};

// By how much the shares of token t fail to add up to its effect.
inline double share_error(const BranchEffect& effect, size_t t) {
  double sum = 0;
  for (size_t p = 0; p < effect.parts.shares.rows(); ++p)
    sum += effect.parts.shares(p, t);
  return std::abs(sum - effect.delta_logprob[t]);
}

// States that were asked for, [tokens, d_model].
struct CapturedStates {
  Matrix<float> clean;
  Matrix<float> edited;
};

struct ExecutorOutput {
  CleanRun clean;
  std::vector<BranchEffect> effects;  // in the order of the branches
  std::vector<BranchEffect> exact;    // of WavefrontOptions::sample
  CapturedStates captured;            // empty where nothing was asked for
  size_t passes = 1;  // over the layers; more than one under a memory limit
};

// Computes the edits of one layer and hook: value is what the clean run has
// there, [tokens, width of the hook]; deltas has one matrix of that shape for
// each of `branches`, all of that hook, to be filled with edited - clean. Where
// a branch has left the clean run at a layer below, its delta holds on entry by
// how much it differs already. May be called several times for a layer, with
// other branches.
using EditLayer =
    std::function<Status(size_t layer, MatrixView<const float> value,
                         std::span<const Branch> branches,
                         std::span<const MatrixView<float>> deltas)>;

// Which state of which branch to keep: the residual stream after block `state -
// 1`, as counted in drift.
struct CaptureRequest {
  size_t branch = 0;
  size_t state = 0;
};

}  // namespace excise

#endif  // EXCISE_RUN_BRANCH_H_
