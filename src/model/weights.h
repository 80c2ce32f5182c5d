// The weights of a model as float32, one layer at a time.
#ifndef EXCISE_MODEL_WEIGHTS_H_
#define EXCISE_MODEL_WEIGHTS_H_

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "io/safetensors.h"
#include "math/ops/matmul.h"
#include "model/architecture/block.h"
#include "model/architecture/config.h"
#include "model/tensor_table.h"

namespace excise {

// Error bad_file naming a tensor that holds NaN or infinity.
Status check_finite(const StoredTensor& tensor);

// A row of an embedding as a tensor of its own.
StoredTensor row_of_tensor(const StoredTensor& tensor, size_t row);

// A tensor in float32. Error bad_file naming it when it holds NaN or infinity.
Result<Matrix<float>> widened(const StoredTensor& tensor);

// A matrix as its layout says, or the scales of a norm [1, width], and its bias
// [1, outputs]; views without rows where there is none.
struct SlotWeights {
  MatrixView<const float> weight, bias;
  WeightLayout layout = WeightLayout::kInOut;
};

// One block's tensors in float32, as the file has them. Views of the mapped
// file where it stores float32 and one tensor makes up a slot, else of
// `storage`.
struct LayerWeights {
  std::array<SlotWeights, kSlots> slots;
  std::vector<Matrix<float>> storage;  // a weight each, and a bias

  const SlotWeights& operator[](Slot slot) const {
    return slots[static_cast<size_t>(slot)];
  }
};

// A slot's tensors as stored, in the order of its outputs: whole ones, or rows
// of one. No bias: none.
struct SlotTensors {
  std::vector<StoredTensor> weight, bias;
  WeightLayout layout = WeightLayout::kInOut;
};

// Borrowed by everything that runs the model; moves, does not copy.
class Weights {
 public:
  // Checks names and shapes against the tensor table: a missing, extra or
  // misshapen tensor is bad_file.
  static Result<Weights> open(TensorFile file, const ModelConfig& config);

  // Whoever gets a layer or an embedding also learns of a file that changed
  // since it was opened (error io): long work stops there. What was read of the
  // last of them is for the caller to confirm, see TensorFile::confirmed.

  // Float32 of one block. Error bad_file naming the tensor when one holds NaN
  // or infinity.
  Result<LayerWeights> layer(size_t l) const;
  // The same into `w`, whose storage is used again, and without the check,
  // which costs a reading of all weights: for who looks for NaN in what they
  // give.
  Status read_layer(size_t l, LayerWeights& w) const;
  Status check_layer(size_t l) const;
  // Read a layer's pages ahead / map them / let the kernel take them back.
  void prefetch_layer(size_t l) const;
  void map_layer(size_t l) const;
  void drop_layer(size_t l) const;
  // Bytes of one layer in the file.
  size_t layer_file_bytes() const;

  // out[t] = W_E[ids[t]], plus W_pos[first_position + t] where positions are
  // learned, [tokens, d_model]. ids and positions must be in range (checked).
  // Error bad_file when a row that is used is not finite.
  Status embed(std::span<const int> ids, size_t first_position,
               MatrixView<float> out) const;
  // Its two parts: W_E[ids[t]] with the embedding's multiplier, and W_pos,
  // which must be there. Positions must be in range.
  Status embed_tokens(std::span<const int> ids, MatrixView<float> out) const;
  Status embed_positions(size_t first_position, MatrixView<float> out) const;

  MatrixView<const float> ln_final_weight() const {
    return ln_final_weight_.view();
  }  // [1, d_model]
  MatrixView<const float> ln_final_bias() const {
    return ln_final_bias_.view();
  }  // [1, d_model], or without rows
  // The unembedding [d_vocab, d_model] as stored; read it in row blocks with
  // copy_rows().
  const StoredTensor& unembedding() const { return *unembedding_; }
  // W_E [d_vocab, d_model] as stored, and the rows of W_pos that positions
  // have, [n_ctx, d_model]; nothing where they are not learned.
  const StoredTensor& token_embedding() const { return *token_embedding_; }
  std::optional<StoredTensor> position_embedding() const;
  MatrixView<const float> head_bias() const {
    return head_bias_.view();
  }  // [1, d_vocab], or without rows
  // Makes logits of products with rows `first_token` and on of the unembedding:
  // the head's bias, scale and cap. products: [rows, some of d_vocab].
  void finish_logits(size_t first_token, MatrixView<float> products) const;
  // Of changed products, changes of the logits. logits: those of each row
  // before the change, as finish_logits() made them: row t of the text at hand
  // belongs to rows t, t + logits.rows() ... of changes, whose first is row
  // `first_row`.
  void finish_logit_changes(MatrixView<const float> logits, size_t first_row,
                            MatrixView<float> changes) const;

  // A slot of one block as stored.
  const SlotTensors& slot(size_t l, Slot slot) const {
    return layers_[l][static_cast<size_t>(slot)];
  }
  // What a norm multiplies by, [1, width], of its tensor. Error as of layer().
  Result<Matrix<float>> norm_scale(const StoredTensor& tensor) const;
  // The matrix of a projection, [inputs, outputs] in float32. Error as of
  // layer().
  Result<Matrix<float>> matrix(size_t l, Slot slot) const;

  const TensorFile& file() const { return file_; }
  DType dtype() const;  // of the block matrices
  // What one should know of the file's tensors, a sentence each.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  Status find_slots();
  StoredTensor position_row(size_t position) const;
  void advise(size_t l, void (*advice)(std::span<const std::byte>)) const;

  TensorFile file_;
  ModelConfig config_;
  std::string prefix_;  // tensor_prefix()
  std::vector<std::string> notes_;
  bool is_small_ = false;
  std::vector<std::array<SlotTensors, kSlots>> layers_;
  const StoredTensor* token_embedding_ = nullptr;
  const StoredTensor* position_embedding_ = nullptr;  // where there is one
  const StoredTensor* unembedding_ = nullptr;
  Matrix<float> ln_final_weight_;
  Matrix<float> ln_final_bias_;
  Matrix<float> head_bias_;  // [1, d_vocab], or without rows
};

}  // namespace excise

#endif  // EXCISE_MODEL_WEIGHTS_H_
