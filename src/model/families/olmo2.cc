// OLMo 2 (OLMo Team 2024).
#include "model/architecture/rotary_config.h"
#include "model/families/family_list.h"
#include "model/families/llama_like.h"
#include "model/families/olmo_like.h"

namespace excise {
namespace {

constexpr LlamaDefaults kDefaults = {.d_vocab = 50304,
                                     .d_model = 4096,
                                     .d_mlp = 11008,
                                     .n_layers = 32,
                                     .n_heads = 32,
                                     .end_of_text = 50279,
                                     .norm_epsilon = 1e-5};

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config = EXCISE_TRY(read_olmo(read, kDefaults));
  EXCISE_CHECK(set_rotary(read, {}, config));
  return config;
}

}  // namespace

const Family kOlmo2 = {.name = "OLMo 2",
                       .model_type = "olmo2",
                       .aliases = {},
                       .harmless_keys = {},
                       .read = read_config,
                       .tensors = olmo_tensor_names()};

}  // namespace excise
