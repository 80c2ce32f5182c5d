#include "experiment/sweep/sweep.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <new>
#include <string>
#include <utility>

#include "core/threads.h"
#include "experiment/sweep/constant_pass.h"
#include "experiment/sweep/elsewhere.h"
#include "experiment/sweep/further_texts.h"
#include "experiment/sweep/gate_factors.h"
#include "experiment/sweep/sweep_edits.h"
#include "experiment/sweep/sweep_plan.h"
#include "math/linalg/similarity.h"
#include "model/forward.h"
#include "run/executor.h"
#include "run/run_branches.h"

namespace excise {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double largest_magnitude(std::span<const double> values) {
  double largest = 0;
  for (const double value : values) {
    largest = std::max(largest, std::abs(value));
  }
  return largest;
}

// effects: of the draws of one layer.
std::vector<ControlFindings> controls_found(std::span<const ControlDraw> draws,
                                            std::span<BranchEffect> effects) {
  std::vector<ControlFindings> found;
  for (size_t i = 0; i < draws.size(); ++i) {
    if (draws[i].repeat == 0)
      found.push_back({draws[i].cell, draws[i].control, {}});
    found.back().delta_logprob.push_back(std::move(effects[i].delta_logprob));
    if (!effects[i].parts.direct.empty())
      found.back().direct.push_back(std::move(effects[i].parts.direct));
  }
  return found;
}

// effects: of the first constants of one layer.
void take_constants(std::span<BranchEffect> effects, LayerFindings& findings) {
  if (!findings.constant) return;
  const auto values = first_constants(code_range(findings.constant->codes));
  for (size_t i = 0; i < values.size(); ++i) {
    findings.constant->tries.push_back(
        {values[i], std::move(effects[i].delta_logprob)});
  }
}

// effects: of the steps of one layer from step 1 on.
void take_scan(std::span<BranchEffect> effects, LayerFindings& findings) {
  if (findings.scan.empty()) return;
  findings.scan[0] = {findings.share, findings.removal.delta_logprob};
  for (size_t step = 1; step < findings.scan.size(); ++step) {
    findings.scan[step].delta_logprob =
        std::move(effects[step - 1].delta_logprob);
  }
}

Result<SweepResult> sweep(const Model& model, const SweepPlan& plan,
                          const Progress& progress) {
  const Clock::time_point start = Clock::now();
  const Spec& spec = plan.spec;
  const SweepBranches& branches = plan.branches;
  SweepResult result;
  result.spec = spec;
  result.removal = plan.removal;
  result.threads = use_threads(spec.threads);
  result.basis = plan.bases->origin();
  result.ids = plan.ids;
  result.edited = plan.edited;
  result.layers = plan.layers;
  result.variants = branches.variants;
  result.detail.layer = plan.detail_layer;
  result.audit.no_op_layer = plan.no_op_layer;

  if (branches.constants > 0)
    EXCISE_CHECK(check_constant(tested_tokens(result)));
  for (const size_t layer : result.layers) {
    LayerFindings& findings = result.findings.emplace_back();
    findings.layer = layer;
    if (spec.scan) findings.scan.resize(spec.scan->steps());
  }
  LayerEditor editor(plan, model.weights);
  LayerDescriber describer(plan, model, editor, result.findings, result.detail);
  if (spec.dormant_share && spec.hook == HookPoint::kMlpPre &&
      model.config.architecture.mlp == MlpKind::kGated) {
    describer.take_gate_factors(
        EXCISE_TRY(gate_factors(model, plan.ids, plan.layers, progress)));
  }
  if (plan.other) {
    editor.take_other_text(EXCISE_TRY(
        read_other_text(model, *plan.other, spec.hook, plan.layers, progress)));
  }
  const auto detail_index =
      std::ranges::find(plan.layers, plan.detail_layer) - plan.layers.begin();
  std::optional<Readout> readout;
  const ExecutorInput input{
      .config = model.config,
      .weights = model.weights,
      .ids = plan.ids,
      .branches = branches.all,
      .edit =
          [&](size_t layer, MatrixView<const float> value,
              std::span<const Branch> edits,
              std::span<const MatrixView<float>> deltas) {
            return edit_layer(editor, describer, layer, value, edits, deltas);
          },
      .capture =
          CaptureRequest{branches.removal[static_cast<size_t>(detail_index)],
                         plan.detail_layer + 1},
      .vocabulary_block =
          [&](size_t first, size_t tokens, const UnembeddingProduct& multiply) {
            if (!readout) readout = describer.readout();
            return readout->add_block(first, tokens, multiply);
          }};
  ExecutorOutput output = EXCISE_TRY(
      run_branches(input, spec, "sweep", progress, result.audit,
                   [&] { result.timings.first_layer = seconds_since(start); }));

  result.clean = std::move(output.clean);
  result.passes = output.passes;
  for (const Branch& branch : branches.all)
    result.audit.edits_expected += 1 + branch.further.size();
  for (const BranchEffect& effect : output.effects) {
    result.audit.edits_fired += effect.fired;
  }
  result.audit.no_op_max_abs_delta_logprob =
      largest_magnitude(output.effects[branches.no_op].delta_logprob);
  if (plan.other) {
    result.other_text = {
        plan.other->ids, plan.other->first_difference,
        tested_of_swap(plan.edited, plan.ids.size(),
                       plan.other->first_difference),
        std::move(output.effects[*branches.other_text].delta_logprob)};
  }
  for (size_t i = 0; i < result.layers.size(); ++i) {
    LayerFindings& findings = result.findings[i];
    findings.removal = std::move(output.effects[branches.removal[i]]);
    if (branches.removed[i])
      findings.removed = std::move(output.effects[*branches.removed[i]]);
    if (branches.empty[i])
      findings.empty = std::move(output.effects[*branches.empty[i]]);
    findings.controls = controls_found(
        branches.draws,
        std::span(output.effects).subspan(branches.first_control[i]));
    for (size_t v = 0; v < branches.variants.size(); ++v)
      findings.variants.push_back(std::move(
          output.effects[branches.first_variant[i] + v].delta_logprob));
    take_constants(
        std::span(output.effects).subspan(branches.first_constant[i]),
        findings);
    take_scan(std::span(output.effects).subspan(branches.first_scan[i]),
              findings);
  }
  for (size_t i = 0; i < plan.together.size(); ++i) {
    result.together.push_back(
        {plan.together[i], std::move(output.effects[branches.together[i]])});
  }
  if (spec.executor == Executor::kNaive) {
    Readout naive = describer.readout();
    EXCISE_CHECK(read_out(model.weights, progress, naive));
  }
  if (branches.constants > 0)
    EXCISE_CHECK(refine_constants(model, plan, editor, progress, result));
  result.detail.cos_clean = cosine_similarities(output.captured.clean);
  result.detail.cos_edited = cosine_similarities(output.captured.edited);
  result.timings.total = seconds_since(start);
  return result;
}

// Whether another tokenizer would give other numbers.
bool takes_tokenizer(const Spec& spec) {
  const BasisSource& source = spec.source;
  return !spec.text.empty() || !spec.tokens.pattern.empty() ||
         !source.corpus.empty() || !source.class_files.empty() ||
         !source.class_tokens.empty();
}

}  // namespace

std::vector<size_t> tested_tokens(const std::vector<uint8_t>& edited,
                                  size_t tokens) {
  return reached_tokens(edited.empty() ? std::vector<uint8_t>(tokens, 1)
                                       : edited);
}

std::vector<size_t> tested_tokens(const SweepResult& result) {
  return tested_tokens(result.edited, result.ids.size());
}

Result<SweepResult> run_sweep(const Model& model, const Spec& spec,
                              const Progress& progress) {
  try {
    const SweepPlan plan = EXCISE_TRY(resolve(model, spec, progress));
    SweepResult result = EXCISE_TRY(sweep(model, plan, progress));
    EXCISE_CHECK(run_elsewhere(model, plan, progress, result));
    EXCISE_CHECK(sweep_further_texts(model, plan, progress, result));
    result.spec.model_fingerprint = model.fingerprint();
    if (takes_tokenizer(spec))
      result.spec.tokenizer_fingerprint = model.tokenizer_fingerprint();
    return result;
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory,
                {.where = "sweep",
                 .subject = "memory",
                 .found = "less than this text and model need",
                 .hint = "shorten the text or set --memory-limit"});
  }
}

}  // namespace excise
