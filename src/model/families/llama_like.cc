#include "model/families/llama_like.h"

#include <cmath>
#include <string>
#include <utility>

namespace excise {
namespace {

Status read_heads(const ConfigReader& read, const LlamaDefaults& defaults,
                  ModelConfig& config) {
  const bool has_width = !defaults.plain_heads && read.present("head_dim");
  if (!has_width && defaults.d_head == 0 &&
      config.d_model % config.n_heads != 0) {
    return read.bad(ErrorCode::kBadFile, "hidden_size",
                    "a multiple of num_attention_heads (" +
                        std::to_string(config.n_heads) + ")");
  }
  config.n_kv_heads = config.n_heads;
  config.d_head = config.d_model / config.n_heads;
  if (defaults.plain_heads) return {};
  if (defaults.d_head != 0) config.d_head = defaults.d_head;
  config.d_head = EXCISE_TRY(read.size_or("head_dim", config.d_head));
  // Null is as many as there are queries; where the key is absent it is what
  // the class has.
  const bool is_null = read.contains("num_key_value_heads") &&
                       !read.present("num_key_value_heads");
  if (!is_null) {
    config.n_kv_heads = EXCISE_TRY(read.size_or(
        "num_key_value_heads",
        defaults.n_kv_heads == 0 ? config.n_heads : defaults.n_kv_heads));
  }
  if (config.n_heads % config.n_kv_heads == 0) return {};
  return read.bad(ErrorCode::kBadFile, "num_key_value_heads",
                  "a divisor of num_attention_heads (" +
                      std::to_string(config.n_heads) + ")" +
                      (read.present("num_key_value_heads")
                           ? ""
                           : ", not " + std::to_string(config.n_kv_heads) +
                                 ", which it is where the file has none"));
}

}  // namespace

Result<ModelConfig> read_llama_like(const ConfigReader& read,
                                    const LlamaDefaults& defaults) {
  ModelConfig config;
  config.n_layers = EXCISE_TRY(
      read.size("num_hidden_layers", defaults.n_layers, kMostLayers));
  config.d_model = EXCISE_TRY(read.size("hidden_size", defaults.d_model));
  config.n_heads =
      EXCISE_TRY(read.size("num_attention_heads", defaults.n_heads));
  config.d_mlp = EXCISE_TRY(read.size("intermediate_size", defaults.d_mlp));
  config.n_ctx =
      EXCISE_TRY(read.size("max_position_embeddings", defaults.n_ctx));
  config.d_vocab = EXCISE_TRY(read.size("vocab_size", defaults.d_vocab));
  EXCISE_CHECK(read_heads(read, defaults, config));
  config.tie_word_embeddings =
      EXCISE_TRY(read.flag("tie_word_embeddings", defaults.tied));
  config.end_of_text = read.end_of_text(defaults.end_of_text, config.d_vocab);
  Architecture& a = config.architecture;
  a.norm = NormKind::kRms;
  a.norm_epsilon = static_cast<float>(EXCISE_TRY(
      read.positive(defaults.norm_epsilon_key, defaults.norm_epsilon)));
  a.learned_positions = false;
  a.mlp = MlpKind::kGated;
  a.activation =
      EXCISE_TRY(read.activation(defaults.activation_key, defaults.activation));
  a.attention.resize(config.n_layers);
  set_score_scale(1 / std::sqrt(static_cast<float>(config.d_head)), a);
  return config;
}

Status read_attention_bias(const ConfigReader& read, Biases& biases) {
  biases.qkv = biases.attn_out = EXCISE_TRY(read.flag("attention_bias", false));
  return {};
}

Status read_llama_biases(const ConfigReader& read, Biases& biases) {
  biases.mlp_in = biases.mlp_out = EXCISE_TRY(read.flag("mlp_bias", false));
  return read_attention_bias(read, biases);
}

void set_score_scale(float scale, Architecture& architecture) {
  for (LayerAttention& attention : architecture.attention)
    attention.scale = scale;
}

TensorNames llama_tensor_names() {
  TensorNames names;
  names.prefix = "model.";
  names.token_embedding = "embed_tokens";
  names.block = "layers";
  names.final_norm = "norm";
  names.head = "lm_head";
  set_modules(names, Slot::kNorm1, {"input_layernorm"});
  set_modules(names, Slot::kQkv,
              {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"});
  set_modules(names, Slot::kQNorm, {"self_attn.q_norm"});
  set_modules(names, Slot::kKNorm, {"self_attn.k_norm"});
  set_modules(names, Slot::kO, {"self_attn.o_proj"});
  set_modules(names, Slot::kNorm2, {"post_attention_layernorm"});
  set_modules(names, Slot::kGate, {"mlp.gate_proj"});
  set_modules(names, Slot::kIn, {"mlp.up_proj"});
  set_modules(names, Slot::kOut, {"mlp.down_proj"});
  names.old_buffers = {
      {"self_attn.rotary_emb.inv_freq", OldBuffer::Kind::kFrequencies}};
  names.other_heads = {"score.", "classifier.", "qa_outputs.", "v_head."};
  return names;
}

void set_modules(TensorNames& names, Slot slot,
                 std::vector<std::string_view> modules) {
  names.slots[static_cast<size_t>(slot)].names = std::move(modules);
}

}  // namespace excise
