// Branches that go through the layers together in one precision, with or
// without the clean run.
#ifndef EXCISE_RUN_WAVEFRONT_ROWS_H_
#define EXCISE_RUN_WAVEFRONT_ROWS_H_

#include <cstddef>
#include <optional>
#include <ranges>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "math/ops/norm.h"
#include "run/branch.h"
#include "run/executor.h"
#include "run/stream_parts.h"
#include "run/text_rows.h"
#include "run/wavefront_layer.h"

namespace excise {

double frobenius_norm(MatrixView<const float> a);

// The residual stream of its rows, layer after layer, and what is measured of
// it. Borrows everything it is made from.
class WavefrontRows {
 public:
  // branches: in ascending order of their layers. clean: of the layer at hand;
  // filled by the rows that carry the clean run.
  WavefrontRows(const ExecutorInput& input, const TextRows& texts,
                std::span<const Branch> branches, bool has_clean,
                Compute compute, CleanBlock& clean, LayerProducts& products);

  // Takes all branches that live or fork at layer l through it. rounded: rows
  // that go through the layer next and are alive; their weights are rounded on
  // the way. Errors: those of WavefrontLayer::run.
  Status run_layer(size_t l, const LayerWeights& weights,
                   const Progress& progress, WavefrontRows* rounded = nullptr);
  // ln_final of what is left, after the last layer. clean: [tokens, d_model]
  // before it, normalized: behind it.
  void finish(MatrixView<const float> clean, MatrixView<const float> normalized,
              const NormParameters& parameters);

  MatrixView<float> clean_block() {
    return stream_.view().row_range(0, tokens_);
  }
  MatrixView<float> difference(size_t branch) {
    return stream_.view().row_range((clean_blocks_ + branch) * tokens_,
                                    tokens_);
  }
  MatrixView<float> differences() {
    return stream_.view().row_range(clean_blocks_ * tokens_,
                                    branches_.size() * tokens_);
  }
  std::span<const Branch> branches() const { return branches_; }
  size_t live() const { return live_; }  // branches that have forked
  std::vector<BranchEffect>& effects() { return effects_; }
  const StreamParts& parts() const { return parts_; }

  // Bytes of such an object, for the memory plan.
  static size_t bytes(const ModelConfig& config, size_t tokens, size_t branches,
                      bool has_clean, Compute compute);

 private:
  // Those whose rows are among these blocks.
  std::ranges::iota_view<size_t, size_t> branches_among(size_t first_block,
                                                        size_t n_blocks) const;
  void measure(size_t state, size_t first_block, size_t n_blocks);
  void measure_state(size_t state, size_t branch);

  const ExecutorInput& input_;
  std::span<const Branch> branches_;
  size_t tokens_;
  size_t n_layers_;
  size_t clean_blocks_;  // 1 with the clean run, else 0
  size_t live_ = 0;
  Matrix<float> stream_;  // the clean one, then the difference of each branch
  std::optional<WavefrontLayer> layer_;  // until finish()
  std::vector<BranchEffect> effects_;
  StreamParts parts_;
};

}  // namespace excise

#endif  // EXCISE_RUN_WAVEFRONT_ROWS_H_
