#include "run/wavefront_rows.h"

#include <algorithm>
#include <cmath>

#include "math/ops/logit_comparison.h"

namespace excise {
namespace {

double squared_norm(std::span<const float> a) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{a[i]};
  return sum;
}

}  // namespace

double frobenius_norm(MatrixView<const float> a) {
  double sum = 0;
  for (size_t i = 0; i < a.rows(); ++i) sum += squared_norm(a.row(i));
  return std::sqrt(sum);
}

WavefrontRows::WavefrontRows(const ExecutorInput& input, const TextRows& texts,
                             std::span<const Branch> branches, bool has_clean,
                             Compute compute, CleanBlock& clean,
                             LayerProducts& products)
    : input_(input),
      branches_(branches),
      tokens_(input.ids.size()),
      n_layers_(input.config.n_layers),
      clean_blocks_(has_clean ? 1 : 0),
      stream_((clean_blocks_ + branches.size()) * tokens_,
              input.config.d_model),
      effects_(branches.size()),
      parts_(input.config, tokens_, branches) {
  layer_.emplace(input.config, input.weights, texts, tokens_,
                 clean_blocks_ + branches.size(), input.branches, compute,
                 clean, products);
  for (size_t b = 0; b < effects_.size(); ++b) {
    effects_[b].drift.assign(n_layers_ + 1, 0.0);
    if (branches[b].tag.keeps_drift)
      effects_[b].drift_per_token = Matrix<float>(n_layers_ + 1, tokens_);
  }
}

size_t WavefrontRows::bytes(const ModelConfig& config, size_t tokens,
                            size_t branches, bool has_clean, Compute compute) {
  const size_t blocks = branches + (has_clean ? 1 : 0);
  const size_t drift =
      branches * (config.n_layers + 1) * tokens * sizeof(float);
  // What the head sums for each row, and what is kept of it.
  const size_t measures =
      branches *
      (tokens *
           (sizeof(LogitComparison) + sizeof(float) + 3 * sizeof(double) + 1) +
       (config.n_layers + 1) * sizeof(double) + sizeof(BranchEffect));
  // In bfloat16 the head holds the differences once more.
  const size_t entry =
      sizeof(float) + (compute == Compute::kBF16 ? sizeof(BFloat16) : 0);
  return blocks * tokens * config.d_model * entry + drift + measures +
         WavefrontLayer::scratch_bytes(config, tokens, blocks, compute);
}

Status WavefrontRows::run_layer(size_t l, const LayerWeights& weights,
                                const Progress& progress,
                                WavefrontRows* rounded) {
  const std::span<const Branch> rest = branches_.subspan(live_);
  const auto end =
      std::ranges::find_if(rest, [l](const Branch& b) { return b.layer != l; });
  const auto forks = static_cast<size_t>(end - rest.begin());
  const size_t after = live_ + forks;
  const WavefrontStep step{
      .layer = l,
      .weights = weights,
      .has_clean = clean_blocks_ > 0,
      .earlier = branches_.first(live_),
      .forks = rest.first(forks),
      .stream = stream_.view().row_range(0, (clean_blocks_ + after) * tokens_),
      .edit = &input_.edit,
      .rounded = rounded != nullptr ? &*rounded->layer_ : nullptr,
      .entered =
          [&](size_t first, size_t count) {
            measure(l, first, count);
            for (const size_t b : branches_among(first, count))
              parts_.note_input(b, l, difference(b));
          },
      .done = [&](size_t first, size_t count) { measure(l + 1, first, count); },
      .added =
          [&](const BlockStep& add, size_t first, size_t count) {
            for (const size_t b : branches_among(first, count))
              parts_.note_part(b, part_of(add, l), difference(b));
          }};
  EXCISE_CHECK(layer_->run(step, progress));
  for (size_t b = 0; b < after; ++b)
    effects_[b].fired += branches_[b].edits(l) ? 1 : 0;
  live_ = after;
  return {};
}

void WavefrontRows::finish(MatrixView<const float> clean,
                           MatrixView<const float> normalized,
                           const NormParameters& parameters) {
  layer_.reset();  // the head needs the memory
  norm_difference(clean, normalized, differences(), parameters, differences());
#pragma omp parallel for schedule(static)
  for (size_t b = 0; b < branches_.size(); ++b) measure_state(n_layers_, b);
}

std::ranges::iota_view<size_t, size_t> WavefrontRows::branches_among(
    size_t first_block, size_t n_blocks) const {
  return {std::max(first_block, clean_blocks_) - clean_blocks_,
          first_block + n_blocks - clean_blocks_};
}

// Norms of the branches among these blocks of the stream, in the state after
// layer state - 1. The last state of a run is the one after ln_final; before it
// the same norm is drift_resid_final.
void WavefrontRows::measure(size_t state, size_t first_block, size_t n_blocks) {
  const auto among = branches_among(first_block, n_blocks);
#pragma omp parallel for schedule(static)
  for (size_t b = *among.begin(); b < *among.end(); ++b) {
    if (state == n_layers_) {
      effects_[b].drift_resid_final = frobenius_norm(difference(b));
    } else {
      measure_state(state, b);
    }
  }
}

void WavefrontRows::measure_state(size_t state, size_t branch) {
  BranchEffect& effect = effects_[branch];
  const MatrixView<const float> rows = difference(branch);
  const bool per_token = !effect.drift_per_token.empty();
  double sum = 0;
  for (size_t t = 0; t < tokens_; ++t) {
    const double squares = squared_norm(rows.row(t));
    if (per_token)
      effect.drift_per_token(state, t) = static_cast<float>(std::sqrt(squares));
    sum += squares;
  }
  effect.drift[state] = std::sqrt(sum);
}

}  // namespace excise
