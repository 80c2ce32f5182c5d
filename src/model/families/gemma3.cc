// Gemma 3 (Gemma Team 2025), the text model.
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

constexpr auto kHarmless = std::to_array<std::string_view>(
    {"hidden_act", "cache_implementation", "attn_logit_softcapping"});

constexpr LlamaDefaults kDefaults = {.d_vocab = 262208,
                                     .d_model = 2304,
                                     .d_mlp = 9216,
                                     .n_layers = 26,
                                     .n_heads = 8,
                                     .n_kv_heads = 4,
                                     .d_head = 256,
                                     .n_ctx = 131072,
                                     .tied = true,
                                     .end_of_text = 1,
                                     .activation_key = "hidden_activation",
                                     .activation = Activation::kGeluTanh};

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config = EXCISE_TRY(read_llama_like(read, kDefaults));
  EXCISE_CHECK(set_later_gemma(read, 0, config));
  config.architecture.qk_norm = QkNorm::kByHead;
  constexpr size_t kEvery = 6, kWindow = 4096;
  const size_t every = EXCISE_TRY(read.size_or(
      "sliding_window_pattern",
      EXCISE_TRY(read.size_or("_sliding_window_pattern", kEvery))));
  const auto sliding = EXCISE_TRY(read_sliding_layers(
      read, config.n_layers, [&](size_t l) { return (l + 1) % every != 0; }));
  EXCISE_CHECK(set_windows(read, sliding, kWindow, config.architecture));
  EXCISE_CHECK(set_rotary_by_type(
      read, {.theta = 1e6}, {.theta = 1e4, .theta_key = "rope_local_base_freq"},
      sliding, config));
  return config;
}

Status add_gguf_keys(const GgufKeys& keys, nlohmann::json& config) {
  EXCISE_CHECK(add_gguf_later_gemma(keys, config));
  constexpr size_t kLayersOf27B = 62, kEvery = 6;
  set_gguf_scalar(kLayersOf27B, config);
  if (EXCISE_TRY(keys.size("attention.sliding_window"))) {
    EXCISE_CHECK(add_gguf_windows(keys, kEvery, config));
  } else {
    config["layer_types"] = std::vector<std::string>(
        config["num_hidden_layers"].get<size_t>(), "full_attention");
  }
  // Layers with a window have a base of their own and no scaling.
  constexpr double kBase = 1e4;
  nlohmann::json full = config["rope_parameters"];
  full["rope_theta"] = config.value("rope_theta", kBase);
  config.erase("rope_theta");
  config["rope_parameters"] = {
      {"full_attention", full},
      {"sliding_attention",
       {{"rope_type", "default"},
        {"rope_theta",
         EXCISE_TRY(keys.number("rope.freq_base_swa")).value_or(kBase)}}}};
  return {};
}

}  // namespace

const Family kGemma3 = {
    .name = "Gemma 3",
    .model_type = "gemma3_text",
    .aliases = {},
    .harmless_keys = kHarmless,
    .read = read_config,
    .tensors = later_gemma_tensor_names(),
    .gguf = {.architecture = "gemma3", .add_keys = add_gguf_keys}};

}  // namespace excise
