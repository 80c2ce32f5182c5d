#include "experiment/concept/concept_effects.h"

#include <algorithm>
#include <cmath>

#include "experiment/common/token_selection.h"
#include "intervention/edit_change.h"
#include "run/run_branches.h"

namespace excise {
namespace {

// log of the summed probability of requests first .. first + count - 1, whose
// log-probabilities are those of the clean run minus `change`.
double log_mass(std::span<const Prediction> clean,
                std::span<const Prediction> change, size_t first,
                size_t count) {
  double mass = 0;
  for (size_t r = first; r < first + count; ++r) {
    mass +=
        std::exp(clean[r].logprob - (change.empty() ? 0 : change[r].logprob));
  }
  return std::log(mass);
}

// Mean over positions of the change of log_mass; NaN without a word.
double mass_change(std::span<const Prediction> clean,
                   std::span<const Prediction> change, size_t first,
                   size_t words, size_t stride) {
  if (words == 0) return NAN;
  double sum = 0;
  size_t positions = 0;
  for (size_t r = first; r + words <= clean.size(); r += stride) {
    sum += log_mass(clean, {}, r, words) - log_mass(clean, change, r, words);
    ++positions;
  }
  return positions == 0 ? NAN : sum / static_cast<double>(positions);
}

// What its branches are.
constexpr BranchTag kSwitch{"removal"}, kNoOp{"no_op", true, false};

// The edits, and a branch without one at the middle of them.
std::vector<Branch> plan_branches(std::span<const ConceptBranch> edits,
                                  HookPoint point) {
  std::vector<Branch> branches;
  for (size_t i = 0; i < edits.size(); ++i) {
    branches.push_back({edits[i].layer, kSwitch, i, point});
    if (i == edits.size() / 2) {
      branches.push_back({edits[i].layer, kNoOp, 0, point});
    }
  }
  return branches;
}

}  // namespace

std::vector<size_t> reached_tokens(const Positions& positions, size_t tokens) {
  std::vector<uint8_t> edited;
  for (size_t t = 0; t < tokens; ++t) {
    edited.push_back(positions.contains(t) ? 1 : 0);
  }
  return reached_tokens(edited);
}

Status concept_change(const ConceptBranch& edit, const Positions& positions,
                      MatrixView<const float> value, MatrixView<float> delta) {
  const Decomposition& basis = *edit.basis;
  const std::vector<size_t> components = all_components(basis);
  const auto is_edited = [&](size_t t) { return positions.contains(t); };
  if (edit.way == ConceptSwitch::kOff) {
    EXCISE_CHECK(removal_change(basis, value, components, delta));
    limit_change(edit.alpha, is_edited, delta);
    return {};
  }
  fill_rows(
      EXCISE_TRY(class_addition(basis, components, 0, edit.alpha, "concept")),
      delta);
  limit_change(1, is_edited, delta);
  return {};
}

Result<TextEffect> measure_text(const Model& model, const ConceptSpec& spec,
                                HookPoint point,
                                std::span<const ConceptBranch> edits,
                                std::span<const int> ids,
                                std::span<const int> words,
                                std::span<const int> control_words,
                                const Progress& progress, BranchAudit& audit) {
  const std::vector<Branch> branches = plan_branches(edits, point);
  std::vector<PredictionRequest> requests;
  for (size_t t = 1; t < ids.size(); ++t) {
    for (const int word : words) requests.push_back({t, word});
    for (const int word : control_words) requests.push_back({t, word});
  }
  const auto edit = [&](size_t, MatrixView<const float> value,
                        std::span<const Branch> some,
                        std::span<const MatrixView<float>> deltas) -> Status {
    for (size_t b = 0; b < some.size(); ++b) {
      if (some[b].tag == kNoOp) {
        for (size_t t = 0; t < deltas[b].rows(); ++t) {
          std::ranges::fill(deltas[b].row(t), 0.0F);
        }
        continue;
      }
      EXCISE_CHECK(concept_change(edits[some[b].index], spec.positions, value,
                                  deltas[b]));
    }
    return {};
  };
  const ExecutorInput input{.config = model.config,
                            .weights = model.weights,
                            .ids = ids,
                            .branches = branches,
                            .edit = edit,
                            .capture = std::nullopt,
                            .requests = requests};
  const ExecutorOutput output =
      EXCISE_TRY(run_branches(input, spec, "concept", progress, audit));
  audit.edits_expected += branches.size();
  TextEffect effect;
  effect.clean_next_token = output.clean.logprob;
  const size_t stride = words.size() + control_words.size();
  for (size_t b = 0; b < branches.size(); ++b) {
    const BranchEffect& branch = output.effects[b];
    audit.edits_fired += branch.fired;
    if (branches[b].tag == kNoOp) {
      for (const double change : branch.delta_logprob) {
        // Written so that NaN stays.
        if (!(std::abs(change) <= audit.no_op_max_abs_delta_logprob)) {
          audit.no_op_max_abs_delta_logprob = std::abs(change);
        }
      }
      continue;
    }
    effect.own_words.push_back(mass_change(
        output.clean.requested, branch.requested, 0, words.size(), stride));
    effect.control_words.push_back(mass_change(output.clean.requested,
                                               branch.requested, words.size(),
                                               control_words.size(), stride));
    effect.next_token.push_back(branch.delta_logprob);
  }
  return effect;
}

}  // namespace excise
