// Phi-1, 1.5 and 2 (Gunasekar et al. 2023).
#include "model/architecture/rotary_config.h"
#include "model/families/family_list.h"
#include "model/families/llama_like.h"

namespace excise {
namespace {

constexpr LlamaDefaults kDefaults = {.d_vocab = 51200,
                                     .d_model = 2048,
                                     .d_mlp = 8192,
                                     .n_layers = 24,
                                     .n_heads = 32,
                                     .end_of_text = 2,
                                     .norm_epsilon_key = "layer_norm_eps",
                                     .norm_epsilon = 1e-5,
                                     .activation = Activation::kGeluTanh};

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config = EXCISE_TRY(read_llama_like(read, kDefaults));
  if (EXCISE_TRY(read.flag("qk_layernorm", false)))
    return read.bad(ErrorCode::kUnsupported, "qk_layernorm", "false",
                    "no published Phi has it");
  Architecture& a = config.architecture;
  a.norm = NormKind::kLayer;
  a.mlp = MlpKind::kPlain;
  a.residual = Residual::kParallelOneNorm;
  a.biases = {true, true, true, true, true, true};
  EXCISE_CHECK(set_rotary(
      read, {.partial = 0.5, .partial_key = "partial_rotary_factor"}, config));
  return config;
}

TensorNames tensor_names() {
  TensorNames names = llama_tensor_names();
  names.final_norm = "final_layernorm";
  names.activation = "mlp.activation_fn";
  set_modules(names, Slot::kO, {"self_attn.dense"});
  set_modules(names, Slot::kIn, {"mlp.fc1"});
  set_modules(names, Slot::kOut, {"mlp.fc2"});
  return names;
}

}  // namespace

const Family kPhi = {.name = "Phi",
                     .model_type = "phi",
                     .aliases = {},
                     .harmless_keys = {},
                     .read = read_config,
                     .tensors = tensor_names()};

}  // namespace excise
