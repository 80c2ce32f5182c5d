#include "experiment/sweep/sweep.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <new>
#include <string>
#include <utility>

#include "core/threads.h"
#include "experiment/common/number_lists.h"
#include "experiment/sweep/layer_bases.h"
#include "experiment/sweep/sweep_edits.h"
#include "experiment/sweep/sweep_plan.h"
#include "math/linalg/similarity.h"
#include "math/ops/matmul.h"
#include "model/forward.h"
#include "run/executor.h"
#include "run/run_branches.h"

namespace excise {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The ids of the text, checked against the model.
Result<std::vector<int>> tokenize(const Model& model, const Spec& spec) {
  std::vector<int> ids = spec.ids;
  if (ids.empty() && !spec.text.empty()) {
    if (!model.tokenizer) {
      return fail(ErrorCode::kBadInput,
                  {.where = "sweep",
                   .subject = "text",
                   .expected = "a model folder with vocab.json and merges.txt, "
                               "or tokenizer.json",
                   .found = "none of them",
                   .hint = "give token ids with --ids"});
    }
    ids = EXCISE_TRY(model.tokenizer->encode(spec.text));
  }
  EXCISE_CHECK(check_ids(model.config, ids));
  return ids;
}

// Layers that are edited together must be swept too.
Result<LayerSets> resolve_together(const Spec& spec, const Model& model,
                                   std::span<const size_t> layers) {
  LayerSets sets =
      EXCISE_TRY(parse_layer_sets(spec.together, model.config.n_layers));
  for (const std::vector<size_t>& set : sets) {
    for (const size_t layer : set) {
      if (std::ranges::find(layers, layer) != layers.end()) continue;
      return fail(
          ErrorCode::kBadInput,
          {.where = "sweep",
           .subject = "layer " + std::to_string(layer) + " of --together",
           .expected = "one of the swept layers",
           .hint = "give --layers with all of them"});
    }
  }
  return sets;
}

Result<std::vector<uint8_t>> resolve_tokens(const Spec& spec,
                                            const Model& model,
                                            std::span<const int> ids) {
  if (spec.tokens.all()) return std::vector<uint8_t>();
  std::vector<std::string> pieces(ids.size());
  if (!spec.tokens.pattern.empty() && !model.tokenizer) {
    return fail(ErrorCode::kBadInput, {.where = "sweep",
                                       .subject = "token pattern",
                                       .expected = "a model with a tokenizer",
                                       .found = "none",
                                       .hint = "take --positions"});
  }
  for (size_t t = 0; t < ids.size() && !spec.tokens.pattern.empty(); ++t)
    pieces[t] = EXCISE_TRY(model.tokenizer->decode(ids.subspan(t, 1)));
  return select_tokens(spec.tokens, pieces);
}

// The detail layer must be one of the swept ones; the middle one by default.
Result<size_t> resolve_detail_layer(const Spec& spec,
                                    std::span<const size_t> layers) {
  if (!spec.detail_layer) return layers[layers.size() / 2];
  if (std::find(layers.begin(), layers.end(), *spec.detail_layer) !=
      layers.end()) {
    return *spec.detail_layer;
  }
  return fail(ErrorCode::kBadInput,
              {.where = "sweep",
               .subject = "detail layer",
               .expected = "one of the swept layers",
               .found = std::to_string(*spec.detail_layer),
               .hint = "--detail-layer takes a layer of --layers"});
}

double largest_magnitude(std::span<const double> values) {
  double largest = 0;
  for (const double value : values) {
    largest = std::max(largest, std::abs(value));
  }
  return largest;
}

// effects: those of the controls of one layer, as control_draws() orders them.
std::vector<ControlFindings> controls_found(const Spec& spec,
                                            std::span<BranchEffect> effects) {
  std::vector<ControlFindings> found;
  for (const Cell cell : control_cells(spec)) {
    for (const auto& [control, repeats] : spec.controls) {
      ControlFindings& one = found.emplace_back();
      one.cell = cell;
      one.control = control;
      for (BranchEffect& effect : effects.first(repeats))
        one.delta_logprob.push_back(std::move(effect.delta_logprob));
      effects = effects.subspan(repeats);
    }
  }
  return found;
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

// bases: what prepare() gave for this spec, which it resolved.
Result<SweepResult> sweep(const Model& model, const Spec& spec,
                          LayerBases bases, const Progress& progress) {
  const Clock::time_point start = Clock::now();
  SweepResult result;
  const Compute compute = EXCISE_TRY(resolve_compute(spec.compute, "sweep"));
  result.spec = spec;
  result.threads = use_threads(spec.threads);
  result.basis = bases.origin();
  result.ids = EXCISE_TRY(tokenize(model, result.spec));
  EXCISE_CHECK(bases.set_text(model, result.spec, result.ids));
  result.layers =
      EXCISE_TRY(parse_layers(result.spec.layers, model.config.n_layers));
  const size_t detail = EXCISE_TRY(resolve_detail_layer(spec, result.layers));
  result.spec.detail_layer = detail;
  result.detail.layer = detail;
  result.audit.no_op_layer = result.layers[result.layers.size() / 2];
  const LayerSets together =
      EXCISE_TRY(resolve_together(spec, model, result.layers));
  result.edited = EXCISE_TRY(resolve_tokens(spec, model, result.ids));
  const SweepPlan plan = plan_sweep(result.spec, result.layers, together,
                                    result.audit.no_op_layer);

  for (const size_t layer : result.layers) {
    LayerFindings& findings = result.findings.emplace_back();
    findings.layer = layer;
    if (spec.scan) findings.scan.resize(spec.scan->steps());
  }
  LayerEditor editor(result.spec, bases, result.edited);
  LayerDescriber describer(result.spec, model, editor, result.edited,
                           result.findings, result.detail);
  const auto detail_index =
      std::find(result.layers.begin(), result.layers.end(), detail) -
      result.layers.begin();
  std::optional<Readout> readout;
  const ExecutorInput input{
      .config = model.config,
      .weights = model.weights,
      .ids = result.ids,
      .branches = plan.branches,
      .edit =
          [&](size_t layer, MatrixView<const float> value,
              std::span<const Branch> branches,
              std::span<const MatrixView<float>> deltas) {
            return edit_layer(editor, describer, layer, value, branches,
                              deltas);
          },
      .capture = CaptureRequest{plan.removal[static_cast<size_t>(detail_index)],
                                detail + 1},
      .vocabulary_block =
          [&](size_t first, const MatmulWeight& unembedding) {
            if (!readout) readout = describer.readout();
            return readout->add_block(first, unembedding);
          }};
  const std::vector<size_t> sample =
      compute == Compute::kBF16
          ? rounding_check(spec.check_rounding, plan.removal,
                           plan.branches.size())
          : std::vector<size_t>();
  const WavefrontOptions options{.compute = compute,
                                 .memory_limit = spec.memory_limit,
                                 .sample = sample,
                                 .first_layer_done = [&] {
                                   result.timings.first_layer =
                                       seconds_since(start);
                                 }};
  ExecutorOutput output =
      spec.executor == Executor::kNaive
          ? EXCISE_TRY(run_naive(input, progress))
          : EXCISE_TRY(run_wavefront(input, options, progress));

  result.clean = std::move(output.clean);
  result.passes = output.passes;
  for (const Branch& branch : plan.branches)
    result.audit.edits_expected += 1 + branch.further.size();
  for (const BranchEffect& effect : output.effects) {
    result.audit.edits_fired += effect.fired;
  }
  result.audit.no_op_max_abs_delta_logprob =
      largest_magnitude(output.effects[plan.no_op].delta_logprob);
  for (size_t i = 0; i < output.exact.size(); ++i) {
    result.audit.rounding.push_back(
        compare_rounding(plan.branches[sample[i]].layer, output.exact[i],
                         output.effects[sample[i]]));
  }
  for (size_t i = 0; i < result.layers.size(); ++i) {
    LayerFindings& findings = result.findings[i];
    findings.removal = std::move(output.effects[plan.removal[i]]);
    if (plan.removed[i])
      findings.removed = std::move(output.effects[*plan.removed[i]]);
    if (plan.empty[i])
      findings.empty = std::move(output.effects[*plan.empty[i]]);
    findings.controls = controls_found(
        result.spec, std::span(output.effects).subspan(plan.first_control[i]));
    take_scan(std::span(output.effects).subspan(plan.first_scan[i]), findings);
  }
  for (size_t i = 0; i < together.size(); ++i) {
    result.together.push_back(
        {together[i], std::move(output.effects[plan.together[i]])});
  }
  if (spec.executor == Executor::kNaive) {
    Readout naive = describer.readout();
    EXCISE_CHECK(read_out(model.weights, progress, naive));
  }
  result.detail.cos_clean = cosine_similarities(output.captured.clean);
  result.detail.cos_edited = cosine_similarities(output.captured.edited);
  result.timings.total = seconds_since(start);
  return result;
}

double mean_over(const std::vector<size_t>& tested,
                 const std::vector<double>& d) {
  double sum = 0;
  for (const size_t t : tested) sum += d[t];
  return tested.empty() ? std::numeric_limits<double>::quiet_NaN()
                        : sum / static_cast<double>(tested.size());
}

// What is kept of a further text.
TextFindings text_findings(SweepResult swept) {
  TextFindings text;
  text.tested = tested_tokens(swept);
  text.ids = std::move(swept.ids);
  for (LayerFindings& layer : swept.findings) {
    auto& controls = text.control_means.emplace_back();
    for (const ControlFindings& control : layer.controls) {
      std::vector<double>& means = controls.emplace_back();
      for (const auto& d : control.delta_logprob)
        means.push_back(mean_over(text.tested, d));
    }
    std::vector<double>& scan = text.scan_means.emplace_back();
    for (const ScanFindings& step : layer.scan)
      scan.push_back(mean_over(text.tested, step.delta_logprob));
    text.delta_logprob.push_back(std::move(layer.removal.delta_logprob));
  }
  return text;
}

// The preset, its controls and the scan, for each further text.
Status sweep_further_texts(const Model& model, const Spec& spec,
                           const LayerBases& bases, const Progress& progress,
                           SweepResult& result) {
  const size_t texts = 1 + spec.further_texts.size();
  for (const std::string& text : spec.further_texts) {
    Spec one = spec;
    one.text = text;
    one.further_texts.clear();
    one.together.clear();
    one.cells = Cells::kPreset;
    one.dormant_share = false;
    const size_t number = result.further_texts.size() + 2;
    Progress within = progress;
    if (progress.report) {
      within.report = [&](std::string_view, size_t done, size_t total) {
        progress.report(
            "text " + std::to_string(number) + " of " + std::to_string(texts),
            done, total);
      };
    }
    auto swept = sweep(model, one, bases, within);
    if (!swept) {
      swept.error().message += " (text " + std::to_string(number) + ")";
      return tl::unexpected<Error>(std::move(swept).error());
    }
    result.audit.edits_expected += swept->audit.edits_expected;
    result.audit.edits_fired += swept->audit.edits_fired;
    result.timings.total += swept->timings.total;
    result.further_texts.push_back(text_findings(std::move(*swept)));
  }
  return {};
}

// Whether another tokenizer would give other numbers.
bool takes_tokenizer(const Spec& spec) {
  const BasisSource& source = spec.source;
  return !spec.text.empty() || !spec.tokens.pattern.empty() ||
         !source.corpus.empty() || !source.class_files.empty() ||
         !source.class_tokens.empty();
}

}  // namespace

std::vector<size_t> tested_tokens(const SweepResult& result) {
  if (!result.edited.empty()) return reached_tokens(result.edited);
  return reached_tokens(std::vector<uint8_t>(result.ids.size(), 1));
}

Result<SweepResult> run_sweep(const Model& model, const Spec& spec,
                              const Progress& progress) {
  try {
    EXCISE_CHECK(model.check_experiment(
        spec.model_fingerprint, spec.tokenizer_fingerprint, spec.model));
    Spec resolved = spec;
    const LayerBases bases =
        EXCISE_TRY(LayerBases::prepare(model, progress, resolved));
    SweepResult result = EXCISE_TRY(sweep(model, resolved, bases, progress));
    EXCISE_CHECK(sweep_further_texts(model, resolved, bases, progress, result));
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
