// StarCoder2 (Lozhkov et al. 2024).
#include <array>

#include "model/architecture/layer_types.h"
#include "model/architecture/rotary_config.h"
#include "model/families/family_list.h"
#include "model/families/llama_like.h"

namespace excise {
namespace {

constexpr auto kHarmless = std::to_array<std::string_view>(
    {"residual_dropout", "embedding_dropout", "norm_type", "mlp_type"});

constexpr LlamaDefaults kDefaults = {.d_vocab = 49152,
                                     .d_model = 3072,
                                     .d_mlp = 12288,
                                     .n_layers = 30,
                                     .n_heads = 24,
                                     .n_kv_heads = 2,
                                     .n_ctx = 4096,
                                     .tied = true,
                                     .end_of_text = 50256,
                                     .norm_epsilon_key = "norm_epsilon",
                                     .norm_epsilon = 1e-5,
                                     .activation = Activation::kGeluTanh};

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config = EXCISE_TRY(read_llama_like(read, kDefaults));
  Architecture& a = config.architecture;
  a.norm = NormKind::kLayer;
  a.mlp = MlpKind::kPlain;
  const bool all = EXCISE_TRY(read.flag("use_bias", true));
  a.biases = {
      .norm = true, .qkv = all, .attn_out = all, .mlp_in = all, .mlp_out = all};
  EXCISE_CHECK(set_rotary(read, {}, config));
  EXCISE_CHECK(set_window(read, 0, a));
  return config;
}

TensorNames tensor_names() {
  TensorNames names = llama_tensor_names();
  names.activation = "mlp.act";
  set_modules(names, Slot::kIn, {"mlp.c_fc"});
  set_modules(names, Slot::kOut, {"mlp.c_proj"});
  return names;
}

}  // namespace

const Family kStarCoder2 = {.name = "StarCoder2",
                            .model_type = "starcoder2",
                            .aliases = {},
                            .harmless_keys = kHarmless,
                            .read = read_config,
                            .tensors = tensor_names()};

}  // namespace excise
