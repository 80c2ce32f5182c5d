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
constexpr size_t kLayerTensors = 12;

struct TensorSpec {
  std::string name;  // without the prefix "transformer."
  std::vector<size_t> shape;
};

// Name of a block's tensor without the prefix, e.g. "h.3.mlp.c_fc.weight".
std::string layer_tensor_name(size_t layer, LayerTensor tensor);

// All tensors of a model: embeddings, blocks, final LayerNorm, and
// lm_head.weight where the head is not tied.
std::vector<TensorSpec> tensor_table(const ModelConfig& config);

// "transformer." where the file's names have it (its lm_head.weight never has),
// else nothing.
std::string tensor_prefix(const TensorFile& file);

// The name of a table entry in a file with this prefix.
std::string stored_name(std::string_view prefix, std::string_view name);

// Error bad_file for a missing, misshapen or extra tensor. The buffers
// attn.bias and attn.masked_bias of older files, and the copy of a tied
// lm_head.weight, may be there.
Status check_tensors(const TensorFile& file, const ModelConfig& config);

}  // namespace excise

#endif  // EXCISE_MODEL_TENSOR_TABLE_H_
