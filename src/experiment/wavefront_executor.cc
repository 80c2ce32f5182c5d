#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiment/executor.h"
#include "experiment/wavefront_head.h"
#include "experiment/wavefront_layer.h"
#include "math/ops/layer_norm.h"
#include "model/forward.h"

namespace excise {
namespace {

double squared_norm(std::span<const float> a) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{a[i]};
  return sum;
}

double frobenius_norm(MatrixView<const float> a) {
  double sum = 0;
  for (size_t i = 0; i < a.rows(); ++i) sum += squared_norm(a.row(i));
  return std::sqrt(sum);
}

// Work done in blocks of one layer; the head counts as this many layers.
constexpr size_t kHeadLayers = 3;

// Progress over all passes of one experiment.
struct WorkDone {
  size_t done = 0;
  size_t total = 0;
};

// Blocks of all layers for branches in ascending order of their layer.
size_t work_of(const ModelConfig& config, std::span<const Branch> branches) {
  size_t work = config.n_layers + kHeadLayers;
  for (const Branch& branch : branches)
    work += config.n_layers - branch.layer + kHeadLayers;
  return work;
}

// One pass over the layers for some of the branches.
class WavefrontPass {
 public:
  WavefrontPass(const ExecutorInput& input, const WavefrontOptions& options,
                const Progress& progress, WorkDone& work)
      : input_(input),
        options_(options),
        progress_(progress),
        work_(work),
        tokens_(input.ids.size()),
        n_layers_(input.config.n_layers) {}

  Result<ExecutorOutput> run() {
    stream_ = Matrix<float>((1 + input_.branches.size()) * tokens_,
                            input_.config.d_model);
    EXCISE_CHECK(input_.weights.embed(input_.ids, 0, block(0)));
    output_.effects.resize(input_.branches.size());
    for (size_t b = 0; b < output_.effects.size(); ++b) {
      BranchEffect& effect = output_.effects[b];
      effect.drift.assign(n_layers_ + 1, 0.0);
      if (keeps_drift_per_token(input_.branches[b].kind)) {
        effect.drift_per_token = Matrix<float>(n_layers_ + 1, tokens_);
      }
    }
    output_.clean.state_norm.push_back(frobenius_norm(block(0)));
    capture_if_asked(0);
    EXCISE_CHECK(run_layers());
    EXCISE_CHECK(run_head());
    return std::move(output_);
  }

 private:
  MatrixView<float> block(size_t b) {
    return stream_.view().row_range(b * tokens_, tokens_);
  }

  Status run_layers() {
    WavefrontLayer layer(input_.config, tokens_, options_.compute);
    size_t live = 0;
    for (size_t l = 0; l < n_layers_; ++l) {
      input_.weights.prefetch_layer(std::min(l + 1, n_layers_ - 1));
      const std::span<const Branch> rest = input_.branches.subspan(live);
      const auto end =
          std::find_if(rest.begin(), rest.end(),
                       [l](const Branch& branch) { return branch.layer != l; });
      const size_t forks = static_cast<size_t>(end - rest.begin());
      WavefrontStep step{
          .layer = l,
          .live = live,
          .earlier = input_.branches.first(live),
          .forks = rest.first(forks),
          .stream = stream_.view().row_range(0, (1 + live + forks) * tokens_),
          .edit = &input_.edit,
          .done = [&](size_t first, size_t count) {
            measure(l + 1, first, count);
          }};
      {
        const LayerWeights weights = EXCISE_TRY(input_.weights.layer(l));
        EXCISE_CHECK(layer.run(step, weights, progress_));
      }
      input_.weights.drop_layer(l);
      for (size_t b = 0; b < live + forks; ++b)
        output_.effects[b].fired += input_.branches[b].edits(l) ? 1 : 0;
      live += forks;
      if (l + 1 < n_layers_) capture_if_asked(l + 1);
      if (l == 0 && options_.first_layer_done) options_.first_layer_done();
      work_.done += 1 + live;
      progress_.advance("layers", work_.done, work_.total);
    }
    return {};
  }

  // Norms of stream blocks first .. first + count - 1, the state after layer
  // state - 1. The last state of a run is the one after ln_final; before it the
  // same norm is drift_resid_final.
  void measure(size_t state, size_t first, size_t count) {
    const bool before_norm = state == n_layers_;
#pragma omp parallel for schedule(static)
    for (size_t b = std::max<size_t>(first, 1); b < first + count; ++b) {
      if (before_norm) {
        output_.effects[b - 1].drift_resid_final = frobenius_norm(block(b));
      } else {
        measure_state(state, b - 1);
      }
    }
    if (first > 0) return;
    if (before_norm) {
      output_.clean.resid_final_norm = frobenius_norm(block(0));
    } else {
      output_.clean.state_norm.push_back(frobenius_norm(block(0)));
    }
  }

  void measure_state(size_t state, size_t branch) {
    BranchEffect& effect = output_.effects[branch];
    const MatrixView<const float> difference = block(branch + 1);
    const bool per_token = !effect.drift_per_token.empty();
    double sum = 0;
    for (size_t t = 0; t < tokens_; ++t) {
      const double squares = squared_norm(difference.row(t));
      if (per_token) {
        effect.drift_per_token(state, t) =
            static_cast<float>(std::sqrt(squares));
      }
      sum += squares;
    }
    effect.drift[state] = std::sqrt(sum);
  }

  Status run_head() {
    const LayerNormParameters parameters{input_.weights.ln_final_weight(),
                                         input_.weights.ln_final_bias(),
                                         input_.config.layer_norm_epsilon};
    Matrix<float> normalized(tokens_, input_.config.d_model);
    layer_norm_rows(block(0), parameters, normalized);
    const size_t rows = stream_.rows() - tokens_;
    const MatrixView<float> differences =
        stream_.view().row_range(tokens_, rows);
    layer_norm_difference(block(0), normalized, differences, parameters,
                          differences);
    output_.clean.state_norm.push_back(frobenius_norm(normalized));
#pragma omp parallel for schedule(static)
    for (size_t b = 0; b < input_.branches.size(); ++b)
      measure_state(n_layers_, b);
    std::copy_n(normalized.data(), normalized.size(), stream_.data());
    capture_if_asked(n_layers_);
    EXCISE_CHECK(compare_predictions(
        input_.weights, input_.ids, input_.requests, normalized, differences,
        options_.compute, progress_, output_.clean, output_.effects));
    work_.done += kHeadLayers * (1 + input_.branches.size());
    progress_.advance("layers", work_.done, work_.total);
    return {};
  }

  void capture_if_asked(size_t state) {
    if (!input_.capture || input_.capture->state != state) return;
    const MatrixView<const float> clean = block(0);
    const MatrixView<const float> difference =
        block(input_.capture->branch + 1);
    output_.captured.clean = converted<float, float>(clean);
    output_.captured.edited = converted<float, float>(clean);
    for (size_t i = 0; i < output_.captured.edited.size(); ++i) {
      output_.captured.edited.values()[i] += difference.data()[i];
    }
  }

  const ExecutorInput& input_;
  const WavefrontOptions& options_;
  const Progress& progress_;
  WorkDone& work_;
  size_t tokens_;
  size_t n_layers_;
  Matrix<float>
      stream_;  // clean residual stream, then the difference of each branch
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
  const size_t least = needed(1);
  if (options.memory_limit > 0 && least > limit) {
    return fail(ErrorCode::kOutOfMemory,
                {.where = "sweep",
                 .subject = "memory limit",
                 .expected = "at least " + std::to_string(least >> 20) +
                             " MB for one branch of this model and text",
                 .found = std::to_string(options.memory_limit >> 20) + " MB",
                 .hint = "raise --memory-limit or shorten the text"});
  }
  // The cost grows by the same amount for each branch.
  const size_t fits =
      1 + (std::max<uint64_t>(limit, least) - least) / (needed(2) - least);
  std::vector<PassRange> passes;
  for (size_t first = 0; first < branches; first += fits) {
    passes.push_back({first, std::min(fits, branches - first)});
  }
  return passes;
}

}  // namespace

size_t wavefront_bytes(const ModelConfig& config, const Weights& weights,
                       size_t tokens, size_t branches, Compute compute) {
  const size_t d_model = config.d_model;
  const size_t rows = (1 + branches) * tokens;
  const size_t matrices =
      4 * d_model * d_model + 2 * d_model * config.d_mlp;  // of one layer
  const bool bf16 = compute == Compute::kBF16;
  size_t bytes =
      rows * d_model * (sizeof(float) + (bf16 ? sizeof(BFloat16) : 0));
  bytes += branches * (config.n_layers + 1) * tokens *
           sizeof(float);  // drift_per_token
  bytes += WavefrontLayer::scratch_bytes(config, tokens, compute);
  const size_t packed = matrices * (bf16 ? sizeof(BFloat16) : sizeof(float));
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
        input.config,  input.weights,
        input.ids,     input.branches.subspan(pass.first, pass.count),
        input.edit,    std::nullopt,
        input.requests};
    if (input.capture && input.capture->branch >= pass.first &&
        input.capture->branch < pass.first + pass.count) {
      part.capture = {input.capture->branch - pass.first, input.capture->state};
    }
    ExecutorOutput one =
        EXCISE_TRY(WavefrontPass(part, options, progress, work).run());
    output.clean = std::move(one.clean);
    std::move(one.effects.begin(), one.effects.end(),
              std::back_inserter(output.effects));
    if (part.capture) output.captured = std::move(one.captured);
  }
  output.passes = passes.size();
  return output;
}

}  // namespace excise
