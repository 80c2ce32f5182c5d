// Gemma (Gemma Team 2024).
#include <array>

#include "model/architecture/gguf_keys.h"
#include "model/architecture/rotary_config.h"
#include "model/families/family_list.h"
#include "model/families/gemma_like.h"
#include "model/families/llama_like.h"

namespace excise {
namespace {

constexpr auto kHarmless =
    std::to_array<std::string_view>({"hidden_activation"});

constexpr LlamaDefaults kDefaults = {.d_vocab = 256000,
                                     .d_model = 3072,
                                     .d_mlp = 24576,
                                     .n_layers = 28,
                                     .n_heads = 16,
                                     .n_kv_heads = 16,
                                     .d_head = 256,
                                     .n_ctx = 8192,
                                     .tied = true,
                                     .end_of_text = 1,
                                     .activation = Activation::kGeluTanh};

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config = EXCISE_TRY(read_llama_like(read, kDefaults));
  EXCISE_CHECK(set_gemma(read, config));
  // Early files say "gelu" and mean the other.
  if (config.architecture.activation == Activation::kGelu)
    config.architecture.activation = Activation::kGeluTanh;
  EXCISE_CHECK(set_rotary(read, {}, config));
  return config;
}

}  // namespace

const Family kGemma = {
    .name = "Gemma",
    .model_type = "gemma",
    .aliases = {},
    .harmless_keys = kHarmless,
    .read = read_config,
    .tensors = llama_tensor_names(),
    .gguf = {.architecture = "gemma", .add_keys = add_gguf_llama}};

}  // namespace excise
