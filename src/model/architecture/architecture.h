// What may differ between the blocks of decoder families, as a closed set of
// options. The steps of a block follow from it (model/block.h).
#ifndef EXCISE_MODEL_ARCHITECTURE_ARCHITECTURE_H_
#define EXCISE_MODEL_ARCHITECTURE_ARCHITECTURE_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "math/ops/activation.h"
#include "math/ops/norm.h"
#include "math/ops/rotary.h"

namespace excise {

// Where the norms of attention and MLP stand, of x the stream: x + f(norm x),
// x + norm f(x), or both.
enum class NormPlace { kBefore, kAfter, kBoth };

// kSequential: the MLP reads the stream that attention has written to.
// kParallel: both read the stream as it comes in, each through a norm of its
// own. kParallelOneNorm: both through one.
enum class Residual { kSequential, kParallel, kParallelOneNorm };

// kPlain: act(x W_in) W_out. kGated: (act(x W_gate) * (x W_in)) W_out.
enum class MlpKind { kPlain, kGated };

// A norm of queries and one of keys before they turn: of each head alone, with
// the same weight for all, or of all heads as one row.
enum class QkNorm { kNone, kByHead, kWhole };

// A rotary position embedding: what each pair of columns turns by. Columns of a
// head behind the pairs do not turn.
struct Rotary {
  RotaryPairs pairs = RotaryPairs::kHalves;
  std::vector<double> inverse_frequencies;  // radians per position, one a pair
  double magnitude = 1;                     // of what is turned
  // Those of a text of more than `long_beyond` tokens, at all its positions;
  // empty: the same (longrope has others).
  std::vector<double> long_inverse_frequencies = {};
  size_t long_beyond = 0;
};

// Queries grow with their position p: by 1 + beta log(1 + floor(p / length)).
struct QueryGrowth {
  double beta = 0;  // 0: they do not
  size_t length = 1;
};

// What differs between the attention of layers.
struct LayerAttention {
  float scale = 1;    // of the scores
  float cap = 0;      // of them, by tanh; 0: none
  size_t window = 0;  // positions that a token sees, with its own; 0: all
  std::optional<size_t> rotary = {};  // among the rotaries; none: nothing turns
};

// Which linear maps of a block have a bias.
struct Biases {
  bool norm = false;
  bool qkv = false;
  bool attn_out = false;
  bool mlp_in = false;  // the gate's too
  bool mlp_out = false;
  bool head = false;
};

// What becomes of the product with the unembedding: cap tanh(scale (product +
// bias) / cap).
struct Head {
  float scale = 1;
  float cap = 0;  // 0: none
};

struct Architecture {
  NormKind norm = NormKind::kLayer;
  float norm_epsilon = 1e-5F;
  bool norm_adds_one = false;  // norms multiply by 1 + their weight
  NormPlace norm_place = NormPlace::kBefore;
  Residual residual = Residual::kSequential;
  float residual_scale = 1;       // of what attention and MLP add to the stream
  float embedding_scale = 1;      // of a token's row, positions aside
  bool learned_positions = true;  // added to the embedding
  size_t first_position = 0;      // the row of learned position 0
  QkNorm qk_norm = QkNorm::kNone;
  MlpKind mlp = MlpKind::kPlain;
  Activation activation = Activation::kGeluTanh;
  Biases biases;
  std::vector<Rotary> rotaries;
  QueryGrowth query_growth;
  Head head;
  std::vector<LayerAttention> attention;  // of each layer
};

}  // namespace excise

#endif  // EXCISE_MODEL_ARCHITECTURE_ARCHITECTURE_H_
