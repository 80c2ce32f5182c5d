// Gemma 2 (Gemma Team 2024).
#include <array>
#include <nlohmann/json.hpp>

#include "model/architecture/gguf_keys.h"
#include "model/architecture/layer_types.h"
#include "model/architecture/rotary_config.h"
#include "model/families/family_list.h"
#include "model/families/gemma_like.h"
#include "model/families/llama_like.h"

namespace excise {
namespace {

constexpr auto kHarmless =
    std::to_array<std::string_view>({"hidden_act", "cache_implementation"});

constexpr LlamaDefaults kDefaults = {.d_vocab = 256000,
                                     .d_model = 2304,
                                     .d_mlp = 9216,
                                     .n_layers = 26,
                                     .n_heads = 8,
                                     .n_kv_heads = 4,
                                     .d_head = 256,
                                     .n_ctx = 8192,
                                     .tied = true,
                                     .end_of_text = 1,
                                     .activation_key = "hidden_activation",
                                     .activation = Activation::kGeluTanh};

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config = EXCISE_TRY(read_llama_like(read, kDefaults));
  constexpr double kLogitCap = 30, kScoreCap = 50;
  EXCISE_CHECK(set_later_gemma(read, kLogitCap, config));
  const float cap =
      EXCISE_TRY(read_cap(read, "attn_logit_softcapping", kScoreCap));
  for (LayerAttention& attention : config.architecture.attention)
    attention.cap = cap;
  EXCISE_CHECK(set_rotary(read, {}, config));
  const auto sliding = EXCISE_TRY(read_sliding_layers(
      read, config.n_layers, [](size_t l) { return l % 2 == 0; }));
  constexpr size_t kWindow = 4096;
  EXCISE_CHECK(set_windows(read, sliding, kWindow, config.architecture));
  return config;
}

// llama.cpp reads no scalar: it is the width of a head, but for the 27B.
Status add_gguf_keys(const GgufKeys& keys, nlohmann::json& config) {
  EXCISE_CHECK(add_gguf_later_gemma(keys, config));
  EXCISE_CHECK(add_gguf_number(keys, "attn_logit_softcapping",
                               "attn_logit_softcapping", config));
  constexpr size_t kLayersOf27B = 46, kEvery = 2;
  set_gguf_scalar(kLayersOf27B, config);
  return add_gguf_windows(keys, kEvery, config);
}

}  // namespace

const Family kGemma2 = {
    .name = "Gemma 2",
    .model_type = "gemma2",
    .aliases = {},
    .harmless_keys = kHarmless,
    .read = read_config,
    .tensors = later_gemma_tensor_names(),
    .gguf = {.architecture = "gemma2", .add_keys = add_gguf_keys}};

}  // namespace excise
