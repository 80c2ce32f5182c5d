// GPT-NeoX (Black et al. 2022), and Pythia.
#include <nlohmann/json.hpp>

#include "model/architecture/gguf_keys.h"
#include "model/architecture/rotary_config.h"
#include "model/families/family_list.h"
#include "model/families/llama_like.h"

namespace excise {
namespace {

constexpr LlamaDefaults kDefaults = {.d_vocab = 50432,
                                     .d_model = 6144,
                                     .d_mlp = 24576,
                                     .n_layers = 44,
                                     .n_heads = 64,
                                     .plain_heads = true,
                                     .end_of_text = 2,
                                     .norm_epsilon_key = "layer_norm_eps",
                                     .norm_epsilon = 1e-5,
                                     .activation = Activation::kGelu};

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config = EXCISE_TRY(read_llama_like(read, kDefaults));
  Architecture& a = config.architecture;
  a.norm = NormKind::kLayer;
  a.mlp = MlpKind::kPlain;
  const bool attention = EXCISE_TRY(read.flag("attention_bias", true));
  a.biases = {.norm = true,
              .qkv = attention,
              .attn_out = attention,
              .mlp_in = true,
              .mlp_out = true};
  if (EXCISE_TRY(read.flag("use_parallel_residual", true)))
    a.residual = Residual::kParallel;
  EXCISE_CHECK(set_rotary(read,
                          {.theta_key = "rotary_emb_base",
                           .partial = 0.25,
                           .partial_key = "rotary_pct",
                           .odd_rounds_up = true},
                          config));
  return config;
}

TensorNames tensor_names() {
  TensorNames names;
  names.prefix = "gpt_neox.";
  names.token_embedding = "embed_in";
  names.block = "layers";
  names.final_norm = "final_layer_norm";
  names.head = "lm_head";
  names.old_head = "embed_out";
  names.activation = "mlp.act";
  set_modules(names, Slot::kNorm1, {"input_layernorm"});
  set_modules(names, Slot::kQkv, {"attention.query_key_value"});
  set_modules(names, Slot::kO, {"attention.dense"});
  set_modules(names, Slot::kNorm2, {"post_attention_layernorm"});
  set_modules(names, Slot::kIn, {"mlp.dense_h_to_4h"});
  set_modules(names, Slot::kOut, {"mlp.dense_4h_to_h"});
  names.qkv = QkvLayout::kByHead;
  names.old_buffers = {
      {"attention.bias", OldBuffer::Kind::kCausalMask},
      {"attention.masked_bias", OldBuffer::Kind::kMaskedScore},
      {"attention.rotary_emb.inv_freq", OldBuffer::Kind::kFrequencies}};
  names.other_heads = {"score.", "classifier.", "qa_outputs.", "v_head."};
  return names;
}

Status add_gguf_keys(const GgufKeys& keys, nlohmann::json& config) {
  EXCISE_CHECK(add_gguf_sizes(keys, config));
  EXCISE_CHECK(add_gguf_number(keys, "attention.layer_norm_epsilon",
                               "layer_norm_eps", config));
  EXCISE_CHECK(add_gguf_rotary(keys, config));
  if (config.contains("rope_theta")) {
    config["rotary_emb_base"] = config["rope_theta"];
    config.erase("rope_theta");
  }
  const size_t d_head = config["hidden_size"].get<size_t>() /
                        config["num_attention_heads"].get<size_t>();
  const size_t turning =
      EXCISE_TRY(keys.size("rope.dimension_count")).value_or(d_head);
  if (turning > d_head) {
    return keys.bad(ErrorCode::kBadFile, "rope.dimension_count",
                    "at most " + std::to_string(d_head));
  }
  config["rotary_pct"] =
      static_cast<double>(turning) / static_cast<double>(d_head);
  if (const auto parallel = EXCISE_TRY(keys.flag("use_parallel_residual")))
    config["use_parallel_residual"] = *parallel;
  return {};
}

}  // namespace

const Family kGptNeoX = {
    .name = "GPT-NeoX",
    .model_type = "gpt_neox",
    .aliases = {},
    .harmless_keys = {},
    .read = read_config,
    .tensors = tensor_names(),
    .gguf = {.architecture = "gptneox", .add_keys = add_gguf_keys}};

}  // namespace excise
