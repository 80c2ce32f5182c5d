// GPT-2 (Radford et al. 2019).
#ifndef EXCISE_MODEL_FAMILIES_GPT2_H_
#define EXCISE_MODEL_FAMILIES_GPT2_H_

#include <string_view>
#include <vector>

#include "core/error.h"
#include "model/architecture/config.h"
#include "model/architecture/family.h"

namespace excise {

extern const Family kGpt2;

struct Gpt2Sizes {
  size_t n_layers, d_model, n_heads, d_mlp;
  size_t n_ctx = 1024, d_vocab = 50257;
};
// With everything else as GPT-2 has it. d_model is a multiple of n_heads.
ModelConfig gpt2_config(const Gpt2Sizes& sizes);

// The sizes of a published GPT-2: "gpt2", "gpt2-medium", "gpt2-large",
// "gpt2-xl". Error bad_input with near names.
Result<ModelConfig> gpt2_preset(std::string_view name);
std::vector<std::string_view> gpt2_preset_names();

}  // namespace excise

#endif  // EXCISE_MODEL_FAMILIES_GPT2_H_
