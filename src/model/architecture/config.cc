#include "model/architecture/config.h"

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

}  // namespace excise
