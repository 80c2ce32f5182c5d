// What a removed direction is (docs/method.md, section 6).
#ifndef EXCISE_EXPERIMENT_SWEEP_ANATOMY_H_
#define EXCISE_EXPERIMENT_SWEEP_ANATOMY_H_

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "math/ops/activation.h"
#include "model/architecture/hooks.h"
#include "model/model.h"
#include "run/executor.h"

namespace excise {

// So many components of a removal are described, so many neurons and tokens.
inline constexpr size_t kAnatomyComponents = 16;
inline constexpr size_t kAnatomyNeurons = 10;
inline constexpr size_t kAnatomyTokens = 10;

struct TopNeuron {
  size_t neuron = 0;
  double weight = 0;  // entry of the unit atom
};

struct ReadoutToken {
  int token = 0;
  double score = 0;
};

struct ComponentAnatomy {
  size_t component = 0;
  double sink_share = 0;  // of the first tokens of the texts
  double v_max_sq = 0;
  size_t v_max_neuron = 0;
  double v_participation = 0;
  std::optional<double> dormant_share;  // where it was asked for
  std::vector<TopNeuron> top_neurons;   // largest magnitudes first
  // Tokens whose unembedding agrees most, and least, with what the direction
  // writes to the residual stream; most extreme first.
  std::vector<ReadoutToken> readout_high, readout_low;
};

// u: [tokens] and v: [neurons], of any length.
ComponentAnatomy describe_component(size_t component, std::span<const double> u,
                                    std::span<const double> v);

// What directions at this hook add to the residual stream, [directions,
// d_model]: v W inside MLP or attention, v itself elsewhere, of unit vectors v.
// directions: [directions, width of the hook]. W: W_out [d_mlp, d_model], or
// W_O [heads, d_model] for kZ.
Result<Matrix<float>> written_directions(HookPoint hook,
                                         MatrixView<const double> directions,
                                         const SlotTensors& W);

// 1 - ||D Q||^2 / ||D||^2: the share of what the edit changes where W_out reads
// that W_out cannot see; Q spans its columns.
struct DormantShare {
  std::optional<double> share;  // absent where nothing changes
  size_t rank_w_out = 0;
};

// value: of the clean run at hook kMlpPre or kMlpPost; delta: edited - clean;
// both [tokens, d_mlp]. factor: of a gated MLP at kMlpPre, what its activation
// is multiplied with (gate_factors.h), of the same shape; else empty. Errors:
// those of column_space_energy().
Result<DormantShare> dormant_share(HookPoint hook, Activation activation,
                                   MatrixView<const float> value,
                                   MatrixView<const float> delta,
                                   MatrixView<const float> W_out,
                                   MatrixView<const float> factor = {});

// Fills the readouts of components, one block of the vocabulary after the
// other. Scores are products with the unembedding after the weight of ln_final.
class Readout {
 public:
  // written: [anatomies, d_model], what each component writes. ln_final_weight:
  // [1, d_model]. The anatomies must outlive this.
  Readout(MatrixView<const float> written,
          MatrixView<const float> ln_final_weight,
          std::vector<ComponentAnatomy*> anatomies);

  // multiply: by the unembedding of `tokens` tokens from `first` on.
  Status add_block(size_t first, size_t tokens,
                   const UnembeddingProduct& multiply);

 private:
  Matrix<float> x_;  // [anatomies, d_model]
  std::vector<ComponentAnatomy*> anatomies_;
};

// All blocks of the vocabulary. Errors: those of the tensor, interrupted.
Status read_out(const Weights& weights, const Progress& progress,
                Readout& readout);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_ANATOMY_H_
