#include "model/families/olmo_like.h"

namespace excise {

Result<ModelConfig> read_olmo(const ConfigReader& read,
                              const LlamaDefaults& defaults) {
  ModelConfig config = EXCISE_TRY(read_llama_like(read, defaults));
  Architecture& a = config.architecture;
  a.norm_place = NormPlace::kAfter;
  a.qk_norm = QkNorm::kWhole;
  EXCISE_CHECK(read_attention_bias(read, a.biases));
  return config;
}

TensorNames olmo_tensor_names() {
  TensorNames names = llama_tensor_names();
  set_modules(names, Slot::kNormAttnOut, {"post_attention_layernorm"});
  set_modules(names, Slot::kNormMlpOut, {"post_feedforward_layernorm"});
  return names;
}

}  // namespace excise
