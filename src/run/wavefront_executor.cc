#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "math/ops/norm.h"
#include "model/finite_check.h"
#include "run/effect_parts.h"
#include "run/executor.h"
#include "run/path_gradient.h"
#include "run/text_rows.h"
#include "run/wavefront_head.h"
#include "run/wavefront_layer.h"
#include "run/wavefront_rows.h"

namespace excise {
namespace {

// Work done in blocks of one layer; the head counts as this many layers.
constexpr size_t kHeadLayers = 3;

// The head forth and back at three points, as this many layers.
constexpr size_t kPartsLayers = 6 * kHeadLayers;

// Progress over all passes of one experiment.
struct WorkDone {
  size_t done = 0;
  size_t total = 0;
};

size_t parts_work(std::span<const Branch> branches) {
  return kPartsLayers * static_cast<size_t>(std::ranges::count(
                            branches, EffectParts::kAll, &Branch::parts));
}

// Blocks of all layers for branches in ascending order of their layer.
size_t work_of(const ModelConfig& config, std::span<const Branch> branches) {
  size_t work = config.n_layers + kHeadLayers + parts_work(branches);
  for (const Branch& branch : branches)
    work += config.n_layers - branch.layer + kHeadLayers;
  return work;
}

// One pass over the layers for some of the branches: the clean run, and the
// branches with it or, where they are rounded, in rows of their own.
class WavefrontPass {
 public:
  // sample: branches of the input to carry in float32 as well.
  WavefrontPass(const ExecutorInput& input, std::span<const Branch> sample,
                const WavefrontOptions& options, const Progress& progress,
                WorkDone& work)
      : input_(input),
        options_(options),
        progress_(progress),
        work_(work),
        n_layers_(input.config.n_layers),
        texts_(input.ids.size(), input.starts),
        clean_(input.config, input.ids.size(), input.branches),
        exact_(input, texts_, rounds() ? sample : input.branches, true,
               Compute::kF32, clean_, products_) {
    if (rounds()) {
      rounded_.emplace(input, texts_, input.branches, false, Compute::kBF16,
                       clean_, products_);
    }
  }

  Result<ExecutorOutput> run() {
    for (size_t text = 0; text < texts_.texts(); ++text) {
      const size_t first = texts_.first(text), count = texts_.count(text);
      EXCISE_CHECK(
          input_.weights.embed(input_.ids.subspan(first, count), 0,
                               exact_.clean_block().row_range(first, count)));
    }
    note_clean_state(0);
    EXCISE_CHECK(run_layers());
    products_ = LayerProducts(kWavefrontPacking);  // the head needs the memory
    EXCISE_CHECK(run_head());
    output_.effects = std::move(branches().effects());
    if (rounds()) output_.exact = std::move(exact_.effects());
    return std::move(output_);
  }

 private:
  bool rounds() const { return options_.compute == Compute::kBF16; }
  // The rows that carry the branches of the input.
  WavefrontRows& branches() { return rounded_ ? *rounded_ : exact_; }

  Status run_layers() {
    LayerWeights weights;
    for (size_t l = 0; l < n_layers_; ++l) {
      input_.weights.prefetch_layer(std::min(l + 1, n_layers_ - 1));
      input_.weights.map_layer(l);
      EXCISE_CHECK(input_.weights.read_layer(l, weights));
      EXCISE_CHECK(run_layer(l, weights));
      input_.weights.drop_layer(l);
      if (l + 1 < n_layers_) note_clean_state(l + 1);
      if (l == 0 && options_.first_layer_done) options_.first_layer_done();
      work_.done += 1 + branches().live();
      progress_.advance("layers", work_.done, work_.total);
    }
    output_.clean.resid_final_norm = frobenius_norm(exact_.clean_block());
    return {};
  }

  Status run_layer(size_t l, const LayerWeights& weights) {
    products_.start(weights);
    WavefrontRows* const next =
        rounded_ && rounded_->live() > 0 ? &*rounded_ : nullptr;
    EXCISE_CHECK(exact_.run_layer(l, weights, progress_, next));
    if (!rounded_) return {};
    return rounded_->run_layer(l, weights, progress_);
  }

  Status run_head() {
    const NormParameters parameters = input_.config.norm_parameters(
        input_.weights.ln_final_weight(), input_.weights.ln_final_bias());
    const MatrixView<float> clean = exact_.clean_block();
    Matrix<float> normalized(clean.rows(), clean.cols());
    norm_rows(clean, parameters, normalized);
    EXCISE_CHECK(check_final_norm(input_.weights, normalized));
    std::optional<EffectPartsPass> parts;
    if (std::ranges::any_of(input_.branches, asks_for_parts))
      parts.emplace(input_, texts_, exact_.parts(), parameters, clean,
                    normalized);
    std::vector<ComparedRows> compared;
    const auto finish = [&](WavefrontRows& rows, Compute compute) {
      rows.finish(clean, normalized, parameters);
      compared.push_back({rows.differences(), compute, rows.effects()});
    };
    finish(exact_, Compute::kF32);
    if (rounded_) finish(*rounded_, Compute::kBF16);
    if (parts) compared.push_back(parts->direct_rows());
    std::copy_n(normalized.data(), normalized.size(), clean.data());
    note_clean_state(n_layers_);
    EXCISE_CHECK(compare_predictions(input_, texts_, normalized, compared,
                                     progress_, output_.clean));
    work_.done += kHeadLayers * (1 + input_.branches.size());
    if (parts) EXCISE_CHECK(split_effects(*parts));
    progress_.advance("layers", work_.done, work_.total);
    return {};
  }

  Status split_effects(EffectPartsPass& parts) {
    const size_t before = work_.done;
    const size_t work = parts_work(input_.branches);
    EXCISE_CHECK(parts.finish(exact_.effects(), options_.parts_tolerance,
                              progress_, [&](size_t done, size_t all) {
                                work_.done = before + work * done / all;
                                progress_.advance("layers", work_.done,
                                                  work_.total);
                              }));
    work_.done = before + work;
    return {};
  }

  // Its norm, and the state itself where it was asked for.
  void note_clean_state(size_t state) {
    const MatrixView<const float> clean = exact_.clean_block();
    output_.clean.state_norm.push_back(frobenius_norm(clean));
    if (!input_.capture || input_.capture->state != state) return;
    const MatrixView<const float> difference =
        branches().difference(input_.capture->branch);
    output_.captured.clean = converted<float, float>(clean);
    output_.captured.edited = converted<float, float>(clean);
    for (size_t i = 0; i < output_.captured.edited.size(); ++i)
      output_.captured.edited.values()[i] += difference.data()[i];
  }

  const ExecutorInput& input_;
  const WavefrontOptions& options_;
  const Progress& progress_;
  WorkDone& work_;
  size_t n_layers_;
  TextRows texts_;
  CleanBlock clean_;
  LayerProducts products_{kWavefrontPacking};
  WavefrontRows exact_;                   // in float32, with the clean run
  std::optional<WavefrontRows> rounded_;  // in bfloat16
  ExecutorOutput output_;
};

// What a pass takes without a limit: with hundreds of branches a further pass
// costs next to nothing.
constexpr uint64_t kPassBytes = uint64_t{4} << 30;

// Branches first .. first + count - 1, in passes that fit.
struct PassRange {
  size_t first;
  size_t count;
};

Result<std::vector<PassRange>> plan_passes(const ExecutorInput& input,
                                           const WavefrontOptions& options) {
  const size_t branches = input.branches.size();
  const uint64_t limit =
      options.memory_limit > 0 ? options.memory_limit : kPassBytes;
  const auto needed = [&](size_t count) {
    return wavefront_bytes(input.config, input.weights, input.ids.size(), count,
                           options.compute);
  };
  // The cost grows by the same amount for each branch, and by its parts.
  const size_t each = needed(2) - needed(1);
  size_t base = needed(1) - each;
  if (std::ranges::any_of(input.branches, asks_for_parts))
    base += path_gradient_bytes(input.config.d_model);
  const auto cost = [&](const Branch& branch) {
    return each +
           EffectPartsPass::bytes(input.config, input.ids.size(), branch);
  };
  size_t most = each;
  for (const Branch& branch : input.branches)
    most = std::max(most, cost(branch));
  const size_t least = base + most;
  if (options.memory_limit > 0 && least > limit) {
    return fail(
        ErrorCode::kOutOfMemory,
        {.where = "sweep",
         .subject = "memory limit",
         .expected = "at least " + std::to_string(least >> 20) +
                     " MB for one branch of this model and text",
         .found = options.memory_limit < (uint64_t{1} << 20)
                      ? std::to_string(options.memory_limit) + " bytes"
                      : std::to_string(options.memory_limit >> 20) + " MB",
         .hint = "raise --memory-limit or shorten the text"});
  }
  std::vector<PassRange> passes;
  size_t taken = 0;
  for (size_t b = 0; b < branches; ++b) {
    const size_t more = cost(input.branches[b]);
    if (passes.empty() || taken + more > std::max<uint64_t>(limit, least)) {
      passes.push_back({b, 0});
      taken = base;
    }
    taken += more;
    ++passes.back().count;
  }
  return passes;
}

}  // namespace

size_t wavefront_bytes(const ModelConfig& config, const Weights& weights,
                       size_t tokens, size_t branches, Compute compute) {
  const size_t d_model = config.d_model;
  const size_t matrices = matrix_elements(config);  // of one layer
  const bool rounds = compute == Compute::kBF16;
  size_t bytes = CleanBlock::bytes(config, tokens);
  bytes += WavefrontRows::bytes(
      config, tokens, rounds ? kMostSampled : branches, true, Compute::kF32);
  if (rounds) {
    bytes +=
        WavefrontRows::bytes(config, tokens, branches, false, Compute::kBF16);
  }
  const size_t packed =
      matrices * (sizeof(float) + (rounds ? sizeof(BFloat16) : 0));
  const size_t widened =
      weights.dtype() == DType::kF32 ? 0 : matrices * sizeof(float);
  return bytes + std::max(packed + widened, head_bytes(tokens, d_model));
}

Result<ExecutorOutput> run_wavefront(const ExecutorInput& input,
                                     const WavefrontOptions& options,
                                     const Progress& progress) {
  EXCISE_CHECK(check_input(input));
  const std::vector<PassRange> passes = EXCISE_TRY(plan_passes(input, options));
  WorkDone work;
  for (const PassRange& pass : passes) {
    work.total +=
        work_of(input.config, input.branches.subspan(pass.first, pass.count));
  }
  ExecutorOutput output;
  for (const PassRange& pass : passes) {
    ExecutorInput part{
        .config = input.config,
        .weights = input.weights,
        .ids = input.ids,
        .branches = input.branches.subspan(pass.first, pass.count),
        .edit = input.edit,
        .capture = std::nullopt,
        .requests = input.requests,
        .starts = input.starts};
    const auto has = [&](size_t branch) {
      return branch >= pass.first && branch < pass.first + pass.count;
    };
    if (&pass == &passes.back()) part.vocabulary_block = input.vocabulary_block;
    if (input.capture && has(input.capture->branch))
      part.capture = {input.capture->branch - pass.first, input.capture->state};
    std::vector<Branch> sample;
    for (const size_t branch : options.sample) {
      if (has(branch)) sample.push_back(input.branches[branch]);
    }
    ExecutorOutput one =
        EXCISE_TRY(WavefrontPass(part, sample, options, progress, work).run());
    EXCISE_CHECK(check_clean(one.clean));
    EXCISE_CHECK(check_effects(part.branches, one.effects));
    EXCISE_CHECK(check_effects(sample, one.exact));
    output.clean = std::move(one.clean);
    if (input.take_effects) {
      input.take_effects(pass.first, one.effects);
    } else {
      std::ranges::move(one.effects, std::back_inserter(output.effects));
    }
    std::ranges::move(one.exact, std::back_inserter(output.exact));
    if (part.capture) output.captured = std::move(one.captured);
  }
  output.passes = passes.size();
  return output;
}

}  // namespace excise
