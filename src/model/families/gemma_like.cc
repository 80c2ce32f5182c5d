#include "model/families/gemma_like.h"

#include <cmath>

#include "model/families/llama_like.h"

namespace excise {

Status set_gemma(const ConfigReader& read, ModelConfig& config) {
  Architecture& a = config.architecture;
  a.norm_adds_one = true;
  a.embedding_scale = std::sqrt(static_cast<float>(config.d_model));
  EXCISE_CHECK(read_attention_bias(read, a.biases));
  if (EXCISE_TRY(read.flag("use_bidirectional_attention", false))) {
    return read.bad(ErrorCode::kUnsupported, "use_bidirectional_attention",
                    "false", "excise runs decoders");
  }
  return {};
}

Status set_later_gemma(const ConfigReader& read, double otherwise,
                       ModelConfig& config) {
  EXCISE_CHECK(set_gemma(read, config));
  Architecture& a = config.architecture;
  a.norm_place = NormPlace::kBoth;
  constexpr double kScalar = 256;
  const double scalar =
      EXCISE_TRY(read.positive("query_pre_attn_scalar", kScalar));
  set_score_scale(static_cast<float>(1 / std::sqrt(scalar)), a);
  a.head.cap = EXCISE_TRY(read_cap(read, "final_logit_softcapping", otherwise));
  return {};
}

Result<float> read_cap(const ConfigReader& read, std::string_view key,
                       double otherwise) {
  if (read.contains(key) && !read.present(key)) return 0.0F;
  if (!read.present(key)) return static_cast<float>(otherwise);
  return static_cast<float>(EXCISE_TRY(read.positive(key, otherwise)));
}

TensorNames later_gemma_tensor_names() {
  TensorNames names = llama_tensor_names();
  set_modules(names, Slot::kNormAttnOut, {"post_attention_layernorm"});
  set_modules(names, Slot::kNorm2, {"pre_feedforward_layernorm"});
  set_modules(names, Slot::kNormMlpOut, {"post_feedforward_layernorm"});
  return names;
}

}  // namespace excise
