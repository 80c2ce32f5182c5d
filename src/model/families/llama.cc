// Llama (Touvron et al. 2023), and what took its shape: TinyLlama, SmolLM2,
// SimpleStories.
#include "model/architecture/gguf_keys.h"
#include "model/architecture/rotary_config.h"
#include "model/families/family_list.h"
#include "model/families/llama_like.h"

namespace excise {
namespace {

constexpr LlamaDefaults kDefaults = {.d_vocab = 32000,
                                     .d_model = 4096,
                                     .d_mlp = 11008,
                                     .n_layers = 32,
                                     .n_heads = 32,
                                     .end_of_text = 2};

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config = EXCISE_TRY(read_llama_like(read, kDefaults));
  EXCISE_CHECK(read_llama_biases(read, config.architecture.biases));
  EXCISE_CHECK(set_rotary(read, {}, config));
  return config;
}

}  // namespace

const Family kLlama = {.name = "Llama",
                       .model_type = "llama",
                       .aliases = {},
                       .harmless_keys = {},
                       .read = read_config,
                       .tensors = llama_tensor_names(),
                       .gguf = {.architecture = "llama",
                                .add_keys = add_gguf_llama,
                                .stores_pairs = true}};

}  // namespace excise
