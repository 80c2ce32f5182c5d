// GPT-2 (Radford et al. 2019).
#ifndef EXCISE_MODEL_FAMILIES_GPT2_H_
#define EXCISE_MODEL_FAMILIES_GPT2_H_

#include <string>

#include "io/dtype.h"
#include "model/architecture/config.h"

namespace excise {

struct Gpt2Sizes {
  size_t n_layers, d_model, n_heads, d_mlp;
  size_t n_ctx = 1024, d_vocab = 50257;
};
// With everything else as GPT-2 has it. d_model is a multiple of n_heads.
ModelConfig gpt2_config(const Gpt2Sizes& sizes);

// What Transformers writes for it.
std::string gpt2_config_json(const ModelConfig& config, DType dtype);

}  // namespace excise

#endif  // EXCISE_MODEL_FAMILIES_GPT2_H_
