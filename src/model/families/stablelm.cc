// StableLM 2 and Zephyr (Bellagente et al. 2024).
#include <array>

#include "model/architecture/rotary_config.h"
#include "model/families/family_list.h"
#include "model/families/llama_like.h"

namespace excise {
namespace {

constexpr auto kHarmless =
    std::to_array<std::string_view>({"rope_pct", "rotary_scaling_factor"});

constexpr LlamaDefaults kDefaults = {.d_vocab = 50304,
                                     .d_model = 2560,
                                     .d_mlp = 6912,
                                     .n_layers = 32,
                                     .n_heads = 32,
                                     .n_kv_heads = 32,
                                     .n_ctx = 4096,
                                     .end_of_text = 0,
                                     .norm_epsilon_key = "layer_norm_eps",
                                     .norm_epsilon = 1e-5};

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config = EXCISE_TRY(read_llama_like(read, kDefaults));
  if (EXCISE_TRY(read.flag("qk_layernorm", false)))
    return read.bad(ErrorCode::kUnsupported, "qk_layernorm", "false",
                    "excise has no norm with a weight for each head; StableLM "
                    "2 1.6B has none");
  Architecture& a = config.architecture;
  a.norm = NormKind::kLayer;
  a.biases.norm = true;
  a.biases.qkv = EXCISE_TRY(read.flag("use_qkv_bias", false));
  if (EXCISE_TRY(read.flag("use_parallel_residual", false)))
    a.residual = Residual::kParallelOneNorm;
  EXCISE_CHECK(set_rotary(
      read, {.partial = 0.25, .partial_key = "partial_rotary_factor"}, config));
  return config;
}

}  // namespace

const Family kStableLm = {.name = "StableLM",
                          .model_type = "stablelm",
                          .aliases = {},
                          .harmless_keys = kHarmless,
                          .read = read_config,
                          .tensors = llama_tensor_names()};

}  // namespace excise
