// Qwen3 (Yang et al. 2025).
#include "model/architecture/gguf_keys.h"
#include "model/architecture/rotary_config.h"
#include "model/families/family_list.h"
#include "model/families/llama_like.h"
#include "model/families/qwen_windows.h"

namespace excise {
namespace {

constexpr LlamaDefaults kDefaults = {.d_vocab = 151936,
                                     .d_model = 4096,
                                     .d_mlp = 22016,
                                     .n_layers = 32,
                                     .n_heads = 32,
                                     .n_kv_heads = 32,
                                     .d_head = 128,
                                     .n_ctx = 32768};

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config = EXCISE_TRY(read_llama_like(read, kDefaults));
  Architecture& a = config.architecture;
  a.qk_norm = QkNorm::kByHead;
  EXCISE_CHECK(read_attention_bias(read, a.biases));
  EXCISE_CHECK(set_rotary(read, {}, config));
  EXCISE_CHECK(read_qwen_windows(read, config));
  return config;
}

}  // namespace

const Family kQwen3 = {
    .name = "Qwen3",
    .model_type = "qwen3",
    .aliases = {},
    .harmless_keys = {},
    .read = read_config,
    .tensors = llama_tensor_names(),
    .gguf = {.architecture = "qwen3", .add_keys = add_gguf_llama}};

}  // namespace excise
