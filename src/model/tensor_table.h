// Which tensors a GPT-2 has, by name and shape. Loading and writing both go by
// this one table.
#ifndef EXCISE_MODEL_TENSOR_TABLE_H_
#define EXCISE_MODEL_TENSOR_TABLE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "io/safetensors.h"
#include "model/architecture/block.h"
#include "model/architecture/config.h"

namespace excise {

// What a tensor is for.
enum class TensorRole {
  kEmbedding,   // of tokens or positions, or the head's
  kMatrix,      // of a linear layer
  kOntoStream,  // of one that writes to the residual stream
  kNormWeight,
  kBias,
};

struct TensorSpec {
  std::string name;  // without the prefix, such as "transformer."
  std::vector<size_t> shape;
  TensorRole role;
};

// Rows first .. first + count - 1 of the tensor of this name are outputs of a
// slot, or all of it where count is 0.
struct TensorPart {
  std::string name;  // without the prefix
  size_t first = 0, count = 0;
  size_t d_head_of_pairs = 0;  // as StoredTensor has it
};

// "h.3.mlp.c_fc" of a module within a block.
std::string module_name(const ModelConfig& config, size_t l,
                        std::string_view module);

// The tensors that make up the weight and the bias of a slot in block l, in the
// order of its outputs; the bias is empty where the slot has none.
struct SlotParts {
  std::vector<TensorPart> weight, bias;
};
SlotParts slot_parts(const ModelConfig& config, size_t l, Slot slot);

// The one tensor that is the weight or the bias of a slot. Nothing where there
// is none, or parts of some.
std::optional<std::string> weight_name(const ModelConfig& config, size_t l,
                                       Slot slot);
std::optional<std::string> bias_name(const ModelConfig& config, size_t l,
                                     Slot slot);

// "wte.weight", "wpe.weight", "ln_f.weight", "ln_f.bias" and "lm_head.weight"
// of a GPT-2, and those of other families.
std::string token_embedding_name(const ModelConfig& config);
std::string position_embedding_name(const ModelConfig& config);
std::string final_norm_weight_name(const ModelConfig& config);
std::string final_norm_bias_name(const ModelConfig& config);
std::string head_name(const ModelConfig& config);
std::string head_bias_name(const ModelConfig& config);

// All tensors of a model: embeddings, blocks, final norm, and the head where it
// is not tied.
std::vector<TensorSpec> tensor_table(const ModelConfig& config);

// What stands before the names of a file: the family's prefix, "transformer.",
// or nothing, behind the prefixes of wrappers such as "module." (DataParallel),
// "_orig_mod." (torch.compile), "_module." (Opacus) and "base_model.model."
// (PEFT).
std::string tensor_prefix(const TensorFile& file, const ModelConfig& config);

// The same without the wrappers', under which Transformers loads it.
std::string plain_prefix(std::string_view prefix, const ModelConfig& config);

// The name of a table entry in a file with this prefix; the head's never has
// the family's.
std::string stored_name(std::string_view prefix, std::string_view name,
                        const ModelConfig& config);

// A tensor of the table in a file: the embedding is the head that it is tied to
// where only that is stored, and a head may have its older name. Error bad_file
// naming one that is missing.
Result<const StoredTensor*> table_tensor(const TensorFile& file,
                                         std::string_view prefix,
                                         std::string_view name,
                                         const ModelConfig& config);

}  // namespace excise

#endif  // EXCISE_MODEL_TENSOR_TABLE_H_
