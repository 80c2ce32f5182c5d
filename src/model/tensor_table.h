// Which tensors a GPT-2 has, by name and shape. Loading and writing both go by
// this one table.
#ifndef EXCISE_MODEL_TENSOR_TABLE_H_
#define EXCISE_MODEL_TENSOR_TABLE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "io/safetensors.h"
#include "model/block.h"
#include "model/config.h"

namespace excise {

// The tensors of one block, in the order of the table.
enum class LayerTensor {
  kLn1Weight,
  kLn1Bias,
  kWQkv,
  kBQkv,
  kWO,
  kBO,
  kLn2Weight,
  kLn2Bias,
  kWIn,
  kBIn,
  kWOut,
  kBOut,
};
constexpr size_t kLayerTensors = 2 * kSlots;

// Each slot has its weight and then its bias there.
constexpr LayerTensor weight_of(Slot slot) {
  return static_cast<LayerTensor>(2 * static_cast<size_t>(slot));
}
constexpr LayerTensor bias_of(Slot slot) {
  return static_cast<LayerTensor>(2 * static_cast<size_t>(slot) + 1);
}

struct TensorSpec {
  std::string name;  // without the prefix "transformer."
  std::vector<size_t> shape;
};

// Name of a block's tensor without the prefix, e.g. "h.3.mlp.c_fc.weight".
std::string layer_tensor_name(size_t layer, LayerTensor tensor);

// All tensors of a model: embeddings, blocks, final LayerNorm, and
// lm_head.weight where the head is not tied.
std::vector<TensorSpec> tensor_table(const ModelConfig& config);

// What stands before the names of a file: "transformer." or nothing, behind the
// prefixes of wrappers such as "module." (DataParallel), "_orig_mod."
// (torch.compile), "_module." (Opacus) and "base_model.model." (PEFT).
std::string tensor_prefix(const TensorFile& file);

// The same without the wrappers', under which Transformers loads it.
std::string plain_prefix(std::string_view prefix);

// The name of a table entry in a file with this prefix; lm_head.weight never
// has "transformer.".
std::string stored_name(std::string_view prefix, std::string_view name);

// A tensor of the table in a file that check_tensors() took: wte.weight is the
// lm_head.weight that it is tied to where only that is stored. Error bad_file
// naming one that is missing.
Result<const StoredTensor*> table_tensor(const TensorFile& file,
                                         std::string_view prefix,
                                         std::string_view name);

// Error bad_file for a missing, misshapen or extra tensor. There may be what a
// GPT-2 does not use, if it says nothing else: the masks attn.bias and
// attn.masked_bias of older files must be causal, a tied lm_head.weight the
// same as wte.weight (bad_file otherwise). Heads for other tasks are left
// aside. Returns what one should know of it, a sentence each.
Result<std::vector<std::string>> check_tensors(const TensorFile& file,
                                               const ModelConfig& config);

}  // namespace excise

#endif  // EXCISE_MODEL_TENSOR_TABLE_H_
