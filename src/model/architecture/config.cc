#include "model/architecture/config.h"

#include <fmt/format.h>

#include "model/architecture/family.h"

namespace excise {

std::string_view activation_name(Activation activation) {
  for (const auto& [name, value] : kActivationNames) {
    if (value == activation) return name;
  }
  return "unknown";
}

AttentionShape ModelConfig::attention_shape(size_t layer) const {
  const LayerAttention& attention = architecture.attention[layer];
  return {.n_heads = n_heads,
          .n_kv_heads = n_kv_heads,
          .d_head = d_head,
          .scale = attention.scale,
          .cap = attention.cap,
          .window = attention.window};
}

NormParameters ModelConfig::norm_parameters(
    MatrixView<const float> weight, MatrixView<const float> bias) const {
  return {.kind = architecture.norm,
          .weight = weight,
          .bias = bias,
          .epsilon = architecture.norm_epsilon};
}

const TensorNames& ModelConfig::tensors() const {
  return stored_names == nullptr ? family->tensors : *stored_names;
}

bool ModelConfig::stores_pairs() const {
  return is_gguf() && family->gguf.stores_pairs;
}

std::vector<std::string> identity_of(const ModelConfig& config) {
  const Architecture& a = config.architecture;
  const Biases& b = a.biases;
  std::vector<std::string> identity = {
      fmt::format("{} {} {} {} {} {} {}", config.n_layers, config.d_model,
                  config.n_heads, config.n_kv_heads, config.d_head,
                  config.d_mlp, config.tie_word_embeddings),
      fmt::format("{} {} {} {} {} {}", static_cast<int>(a.norm),
                  a.norm_adds_one, static_cast<int>(a.norm_place),
                  static_cast<int>(a.residual), static_cast<int>(a.qk_norm),
                  static_cast<int>(a.mlp)),
      fmt::format("{} {} {} {} {} {}", b.norm, b.qkv, b.attn_out, b.mlp_in,
                  b.mlp_out, b.head),
      fmt::format("{} {} {} {} {} {} {} {}", a.residual_scale,
                  a.embedding_scale, a.learned_positions, a.first_position,
                  a.query_growth.beta, a.query_growth.length, a.head.scale,
                  a.head.cap)};
  for (const Rotary& rotary : a.rotaries) {
    identity.push_back(fmt::format(
        "{} {} {} {} {}", static_cast<int>(rotary.pairs), rotary.magnitude,
        fmt::join(rotary.inverse_frequencies, " "), rotary.long_beyond,
        fmt::join(rotary.long_inverse_frequencies, " ")));
  }
  for (const LayerAttention& layer : a.attention) {
    identity.push_back(fmt::format("{} {} {} {}", layer.scale, layer.cap,
                                   layer.window,
                                   layer.rotary ? *layer.rotary + 1 : 0));
  }
  return identity;
}

}  // namespace excise
