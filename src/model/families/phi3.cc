// Phi-3 and 3.5 (Abdin et al. 2024).
#include <array>

#include "model/architecture/layer_types.h"
#include "model/architecture/rotary_config.h"
#include "model/families/family_list.h"
#include "model/families/llama_like.h"

namespace excise {
namespace {

constexpr auto kHarmless = std::to_array<std::string_view>(
    {"embd_layer", "original_max_position_embeddings"});

constexpr LlamaDefaults kDefaults = {.d_vocab = 32064,
                                     .d_model = 3072,
                                     .d_mlp = 8192,
                                     .n_layers = 32,
                                     .n_heads = 32,
                                     .n_ctx = 4096,
                                     .end_of_text = 32000,
                                     .norm_epsilon = 1e-5};

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config = EXCISE_TRY(read_llama_like(read, kDefaults));
  constexpr size_t kLength = 4096;
  EXCISE_CHECK(set_rotary(read,
                          {.partial_key = "partial_rotary_factor",
                           .odd_rounds_up = true,
                           .original_length = kLength,
                           .older_names_mean_longrope = true},
                          config));
  EXCISE_CHECK(set_window(read, 0, config.architecture));
  return config;
}

TensorNames tensor_names() {
  TensorNames names = llama_tensor_names();
  set_modules(names, Slot::kQkv, {"self_attn.qkv_proj"});
  names.slots[static_cast<size_t>(Slot::kGate)] = {
      .names = {"mlp.gate_up_proj"}, .part = 0, .parts = 2};
  names.slots[static_cast<size_t>(Slot::kIn)] = {
      .names = {"mlp.gate_up_proj"}, .part = 1, .parts = 2};
  return names;
}

}  // namespace

const Family kPhi3 = {.name = "Phi-3",
                      .model_type = "phi3",
                      .aliases = {},
                      .harmless_keys = kHarmless,
                      .read = read_config,
                      .tensors = tensor_names()};

}  // namespace excise
