#include "model/families/gemma_like.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "model/architecture/gguf_keys.h"
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

Status add_gguf_later_gemma(const GgufKeys& keys, nlohmann::json& config) {
  EXCISE_CHECK(add_gguf_llama(keys, config));
  return add_gguf_number(keys, "final_logit_softcapping",
                         "final_logit_softcapping", config);
}

void set_gguf_scalar(size_t layers_of_27b, nlohmann::json& config) {
  const bool largest = config["num_hidden_layers"] == layers_of_27b;
  const size_t shared = config["hidden_size"].get<size_t>() /
                        config["num_attention_heads"].get<size_t>();
  config["query_pre_attn_scalar"] =
      largest ? shared : config["head_dim"].get<size_t>();
}

Status add_gguf_windows(const GgufKeys& keys, size_t every,
                        nlohmann::json& config) {
  if (const auto window = EXCISE_TRY(keys.size("attention.sliding_window")))
    config["sliding_window"] = *window;
  constexpr const char* kPattern = "attention.sliding_window_pattern";
  const size_t n_layers = config["num_hidden_layers"];
  std::vector<double> pattern;
  if (const auto list = keys.metadata().numbers(keys.name(kPattern));
      list && *list) {
    pattern = **list;
    if (pattern.size() != n_layers)
      return keys.bad(ErrorCode::kBadFile, kPattern, "one for each layer");
  } else {
    every = EXCISE_TRY(keys.size(kPattern)).value_or(every);
    for (size_t l = 0; l < n_layers; ++l)
      pattern.push_back((l + 1) % every == 0 ? 0 : 1);
  }
  for (const double sliding : pattern) {
    config["layer_types"].push_back(sliding != 0 ? "sliding_attention"
                                                 : "full_attention");
  }
  return {};
}

}  // namespace excise
