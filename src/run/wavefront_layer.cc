#include "run/wavefront_layer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "math/ops/activation.h"
#include "math/ops/attention.h"
#include "math/ops/norm.h"
#include "model/finite_check.h"
#include "model/head_norm.h"

namespace excise {
namespace {

void copy(MatrixView<const float> from, MatrixView<float> to) {
  for (size_t i = 0; i < from.rows(); ++i) {
    std::copy_n(from.row(i).data(), from.cols(), to.row(i).data());
  }
}

// Keeps a value of the clean run, where somebody asks for it.
void keep(MatrixView<const float> value, MatrixView<float> kept) {
  if (kept.rows() > 0) copy(value, kept);
}

// Blocks of a chunk, where a step has at most so many. oneDNN makes a kernel
// for each number of rows; to a small model that costs more than its products,
// so it gets fewer kinds of chunks.
size_t chunk_blocks(const ModelConfig& config, size_t tokens, size_t blocks) {
  constexpr size_t kSmallMlp = 1024;
  const size_t rows = config.d_mlp <= kSmallMlp ? kChunkRows / 2 : kChunkRows;
  return std::min(std::max<size_t>(1, rows / tokens), blocks);
}

}  // namespace

WavefrontLayer::WavefrontLayer(const ModelConfig& config, const Weights& model,
                               const TextRows& texts, size_t tokens,
                               size_t blocks, std::span<const Branch> branches,
                               Compute compute, CleanBlock& clean,
                               LayerProducts& products)
    : config_(config),
      model_(model),
      steps_(block_steps(config)),
      rotary_(config, texts.longest()),
      texts_(texts),
      tokens_(tokens),
      compute_(compute),
      chunk_blocks_(chunk_blocks(config, tokens, blocks)),
      clean_(clean),
      products_(products),
      memory_(config, branches, compute, rows_at_once()) {}

size_t WavefrontLayer::scratch_bytes(const ModelConfig& config, size_t tokens,
                                     size_t blocks, Compute compute) {
  return chunk_blocks(config, tokens, blocks) * tokens *
         DifferenceMemory::bytes_of_a_row(config, compute);
}

MatrixView<float> WavefrontLayer::wide(Value value, const Chunk& chunk,
                                       size_t blocks) {
  const MatrixView<float> all =
      value == Value::kStream ? chunk.stream : memory_.wide(value);
  return all.row_range(0, blocks * tokens_);
}

MatrixView<BFloat16> WavefrontLayer::rounded(Value value, size_t blocks) {
  return memory_.rounded(value).row_range(0, blocks * tokens_);
}

Status WavefrontLayer::prepare(const WavefrontStep& step) {
  const size_t attending = step.clean_blocks() + step.earlier.size();
  const size_t all = (attending + step.forks.size()) * tokens_;
  for (size_t s = 0; s < steps_.size(); ++s) {
    if (steps_[s].kind != StepKind::kProject) continue;
    // The last one counts all blocks, as it always did: another choice of what
    // to pack rounds differently.
    const bool is_last = std::ranges::none_of(
        std::span(steps_).subspan(s + 1), [](const BlockStep& later) {
          return later.kind == StepKind::kProject;
        });
    const size_t rows =
        is_last ? all : (attending + joined_before(s, step.forks)) * tokens_;
    const Slot slot = steps_[s].slot;
    if (rows == 0) continue;
    // What is not kept in 16 bits goes into products as it is.
    if (compute_ == Compute::kBF16 && memory_.is_rounded(steps_[s].in)) {
      EXCISE_CHECK(products_.prepare_rounded(slot, rows_at_once()));
      continue;
    }
    EXCISE_CHECK(products_.prepare(slot, rows, std::min(rows, rows_at_once())));
    if (step.rounded != nullptr && all < kWavefrontPacking.rows)
      products_.round_on_the_way(slot, step.rounded->rows_at_once());
  }
  return {};
}

Status WavefrontLayer::run(const WavefrontStep& step,
                           const Progress& progress) {
  const size_t attending = step.clean_blocks() + step.earlier.size();
  const size_t blocks = attending + step.forks.size();
  if (blocks == 0) return {};
  EXCISE_CHECK(prepare(step));
  // Chunks of equal size, so that none is too small for the products.
  const size_t chunks = (blocks + chunk_blocks_ - 1) / chunk_blocks_;
  for (size_t i = 0; i < chunks; ++i) {
    EXCISE_CHECK(progress.check_cancelled());
    const size_t first = blocks * i / chunks;
    const size_t last = blocks * (i + 1) / chunks;
    const Chunk chunk{
        step,
        first,
        last - first,
        std::clamp(attending, first, last) - first,
        step.has_clean && first == 0,
        step.stream.row_range(first * tokens_, (last - first) * tokens_)};
    EXCISE_CHECK(run_chunk(chunk));
    if (step.done) step.done(chunk.first, chunk.count);
  }
  return {};
}

Status WavefrontLayer::run_chunk(const Chunk& chunk) {
  const std::span<const Branch> forks = forks_of(chunk);
  if (chunk.has_clean) keep(wide(Value::kStream, chunk, 1), clean_.in(0));
  EXCISE_CHECK(see_input(chunk));
  for (size_t s = 0; s < steps_.size(); ++s) {
    const size_t blocks = chunk.attending + joined_before(s, forks);
    if (feeds_stream(steps_, s) &&
        !edits_earlier(s, earlier_of(chunk), chunk)) {
      EXCISE_CHECK(project_onto_stream(s++, chunk, blocks));
      EXCISE_CHECK(see(s, chunk));
    } else {
      if (blocks > 0) EXCISE_CHECK(take(s, chunk, blocks));
      EXCISE_CHECK(see(s, chunk));
    }
    if (steps_[s].kind == StepKind::kAdd && chunk.step.added)
      chunk.step.added(steps_[s], chunk.first, chunk.count);
  }
  return {};
}

// The product and the addition behind it at once. A branch that joins between
// them has no difference in the stream but what it adds.
Status WavefrontLayer::project_onto_stream(size_t s, const Chunk& chunk,
                                           size_t blocks) {
  const BlockStep& step = steps_[s];
  if (blocks > 0) {
    EXCISE_CHECK(project(s, chunk, blocks, Value::kStream, true));
    if (chunk.has_clean) {
      const MatrixView<float> out = clean_.out(s);
      if (out.rows() > 0) {
        EXCISE_CHECK(
            products_.multiply(step.slot, wide(step.in, chunk, 1), out));
        add_bias(products_.bias(step.slot), out);
      }
      keep(wide(Value::kStream, chunk, 1), clean_.out(s + 1));
    }
  }
  return see(s, chunk, Value::kStream);
}

Status WavefrontLayer::take(size_t s, const Chunk& chunk, size_t blocks) {
  const BlockStep& step = steps_[s];
  if (is_nonlinear(step.kind)) {
    if (chunk.has_clean) EXCISE_CHECK(take_clean(s, chunk));
    if (memory_.is_rounded(step.out) &&
        !edits_earlier(s, chunk.step.earlier, chunk)) {
      take_difference(s, chunk, blocks, rounded(step.out, blocks));
    } else {
      take_difference(s, chunk, blocks, wide(step.out, chunk, blocks));
    }
    return {};
  }
  // A projection looks at its clean rows itself.
  const bool projects = step.kind == StepKind::kProject;
  if (projects) {
    EXCISE_CHECK(project(s, chunk, blocks, step.out, false));
  } else if (step.kind == StepKind::kRotate) {
    turn(chunk, wide(step.out, chunk, blocks));
  } else if (step.kind == StepKind::kScale) {
    scale_by(config_.architecture.residual_scale,
             wide(step.out, chunk, blocks));
  } else {
    add_to(wide(step.in, chunk, blocks), wide(step.out, chunk, blocks));
  }
  if (!chunk.has_clean) return {};
  const MatrixView<float> clean = wide(step.out, chunk, 1);
  keep(clean, clean_.out(s));
  if (projects || keeps_finite(step.kind)) return {};
  return check_step(model_, chunk.step.layer, step.kind, step.slot, clean);
}

// Queries and keys of blocks.
void WavefrontLayer::turn(const Chunk& chunk, MatrixView<float> qkv) const {
  const size_t layer = chunk.step.layer;
  if (texts_.texts() == 1)
    return rotary_.turn(config_, layer, qkv, 0, tokens_, tokens_);
  for (size_t block = 0; block < qkv.rows(); block += tokens_) {
    for (size_t text = 0; text < texts_.texts(); ++text) {
      const size_t count = texts_.count(text);
      rotary_.turn(config_, layer,
                   qkv.row_range(block + texts_.first(text), count), 0, count,
                   count);
    }
  }
}

Status WavefrontLayer::take_clean(size_t s, const Chunk& chunk) {
  const BlockStep& step = steps_[s];
  const size_t layer = chunk.step.layer;
  const MatrixView<float> out = clean_.out(s);
  switch (step.kind) {
    case StepKind::kNorm:
      norm_rows(clean_.in(s), norm_of(step.slot, chunk), out);
      break;
    case StepKind::kAttend:
      attention_rows(clean_.in(s), config_.attention_shape(layer), out,
                     texts_.starts());
      break;
    case StepKind::kNormHeads:
      copy(clean_.in(s), out);
      norm_heads_by(norm_rows, config_, step.slot, norm_of(step.slot, chunk),
                    out);
      break;
    case StepKind::kActivate:
      activate_rows(config_.architecture.activation, clean_.in(s), out);
      break;
    case StepKind::kGate:
      gate_rows(config_.architecture.activation, clean_.in(s), clean_.with(s),
                out);
      break;
    case StepKind::kProject:
    case StepKind::kRotate:
    case StepKind::kScale:
    case StepKind::kAdd:
      break;
  }
  copy(out, wide(step.out, chunk, 1));
  if (keeps_finite(step.kind)) return {};
  return check_step(model_, layer, step.kind, step.slot, out);
}

// What the branches among the first `blocks` blocks differ by behind a step;
// out has rows of all these blocks.
template <typename Out>
void WavefrontLayer::take_difference(size_t s, const Chunk& chunk,
                                     size_t blocks, MatrixView<Out> out) {
  const BlockStep& step = steps_[s];
  const size_t clean = chunk.has_clean ? tokens_ : 0;
  const auto behind_clean = [&](auto rows) {
    return rows.row_range(clean, blocks * tokens_ - clean);
  };
  const MatrixView<const float> in = behind_clean(wide(step.in, chunk, blocks));
  out = behind_clean(out);
  switch (step.kind) {
    case StepKind::kNorm:
      norm_difference(clean_.in(s), clean_.out(s), in,
                      norm_of(step.slot, chunk), out);
      break;
    case StepKind::kAttend:
      attention_difference(clean_.in(s), clean_.out(s), in,
                           config_.attention_shape(chunk.step.layer), out,
                           texts_.starts());
      break;
    case StepKind::kNormHeads:
      take_heads(s, chunk, behind_clean(wide(step.out, chunk, blocks)));
      break;
    case StepKind::kActivate:
      activation_difference(config_.architecture.activation, clean_.in(s),
                            clean_.out(s), in, out);
      break;
    case StepKind::kGate:
      gated_difference(config_.architecture.activation, clean_.in(s),
                       clean_.with(s), clean_.out(s), in,
                       behind_clean(wide(*step.with, chunk, blocks)), out);
      break;
    case StepKind::kProject:
    case StepKind::kRotate:
    case StepKind::kScale:
    case StepKind::kAdd:
      break;
  }
}

// Queries or keys lie where they were, so they never are rounded.
void WavefrontLayer::take_heads(size_t s, const Chunk& chunk,
                                MatrixView<float> deltas) {
  for_each_normed(config_, steps_[s].slot, [&](size_t first, size_t width) {
    const MatrixView<float> part = deltas.col_range(first, width);
    norm_difference(clean_.in(s).col_range(first, width),
                    clean_.out(s).col_range(first, width), part,
                    norm_of(steps_[s].slot, chunk), part);
  });
}

NormParameters WavefrontLayer::norm_of(Slot slot, const Chunk& chunk) const {
  const SlotWeights& w = chunk.step.weights[slot];
  return config_.norm_parameters(w.weight, w.bias);
}

// out (+)= in W, and the bias for the clean block: a difference has none.
Status WavefrontLayer::project(size_t s, const Chunk& chunk, size_t blocks,
                               Value out, bool accumulate) {
  const BlockStep& step = steps_[s];
  const MatrixView<float> y = wide(out, chunk, blocks);
  if (memory_.is_rounded(step.in)) {
    return products_.multiply(
        step.slot, MatrixView<const BFloat16>(rounded(step.in, blocks)), y,
        accumulate);
  }
  EXCISE_CHECK(products_.multiply(
      step.slot, MatrixView<const float>(wide(step.in, chunk, blocks)), y,
      accumulate));
  if (!chunk.has_clean) return {};
  const MatrixView<float> clean = y.row_range(0, tokens_);
  add_bias(products_.bias(step.slot), clean);
  return check_step(model_, chunk.step.layer, step.kind, step.slot, clean);
}

}  // namespace excise
