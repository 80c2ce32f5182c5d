// Mistral (Jiang et al. 2023).
#include "model/architecture/layer_types.h"
#include "model/architecture/rotary_config.h"
#include "model/families/family_list.h"
#include "model/families/llama_like.h"

namespace excise {
namespace {

constexpr LlamaDefaults kDefaults = {.d_vocab = 32000,
                                     .d_model = 4096,
                                     .d_mlp = 14336,
                                     .n_layers = 32,
                                     .n_heads = 32,
                                     .n_kv_heads = 8,
                                     .n_ctx = 131072,
                                     .end_of_text = 2};

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config = EXCISE_TRY(read_llama_like(read, kDefaults));
  EXCISE_CHECK(set_rotary(read, {}, config));
  constexpr size_t kWindow = 4096;
  EXCISE_CHECK(set_window(read, kWindow, config.architecture));
  return config;
}

}  // namespace

const Family kMistral = {.name = "Mistral",
                         .model_type = "mistral",
                         .aliases = {},
                         .harmless_keys = {},
                         .read = read_config,
                         .tensors = llama_tensor_names()};

}  // namespace excise
