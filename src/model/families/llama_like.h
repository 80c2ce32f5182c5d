// What Llama and the many families after it have in common: sizes and switches
// under the same keys, modules under the same names. What one has of its own
// stands in its file.
#ifndef EXCISE_MODEL_FAMILIES_LLAMA_LIKE_H_
#define EXCISE_MODEL_FAMILIES_LLAMA_LIKE_H_

#include <cstddef>

#include "core/error.h"
#include "model/architecture/config.h"
#include "model/architecture/config_reader.h"
#include "model/architecture/family.h"

namespace excise {

// Of its configuration class, for keys that are absent.
struct LlamaDefaults {
  size_t d_vocab, d_model, d_mlp, n_layers, n_heads;
  // As many keys and values as queries, of d_model / n_heads columns: nobody
  // reads num_key_value_heads or head_dim.
  bool plain_heads = false;
  size_t n_kv_heads = 0;  // 0: as many as n_heads
  size_t d_head = 0;      // 0: d_model / n_heads
  size_t n_ctx = 2048;
  bool tied = false;
  int end_of_text = -1;  // below 0: none
  std::string_view norm_epsilon_key = "rms_norm_eps";
  double norm_epsilon = 1e-6;
  std::string_view activation_key = "hidden_act";
  Activation activation = Activation::kSilu;
};

// Sizes, norm, activation, and scores over sqrt(d_head) in every layer, with
// RMSNorm before a gated MLP and no biases: what is otherwise is for the family
// to change. Rotary positions and windows are its too.
Result<ModelConfig> read_llama_like(const ConfigReader& read,
                                    const LlamaDefaults& defaults);

// attention_bias, of queries, keys, values and what heads write.
Status read_attention_bias(const ConfigReader& read, Biases& biases);

// attention_bias and mlp_bias, of queries, keys, values and what heads write,
// and of all three of the MLP.
Status read_llama_biases(const ConfigReader& read, Biases& biases);

// Of each layer.
void set_score_scale(float scale, Architecture& architecture);

// model.layers.0.self_attn.q_proj and so on.
TensorNames llama_tensor_names();

// The modules of a slot.
void set_modules(TensorNames& names, Slot slot,
                 std::vector<std::string_view> modules);

}  // namespace excise

#endif  // EXCISE_MODEL_FAMILIES_LLAMA_LIKE_H_
