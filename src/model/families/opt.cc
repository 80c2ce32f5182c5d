// OPT (Zhang et al. 2022), as far as its norms stand before attention and MLP.
#include <array>
#include <string>

#include "model/families/family_list.h"
#include "model/families/llama_like.h"

namespace excise {
namespace {

constexpr auto kHarmless = std::to_array<std::string_view>(
    {"activation_dropout", "layerdrop", "init_std", "output_projection"});

constexpr LlamaDefaults kDefaults = {.d_vocab = 50272,
                                     .d_model = 768,
                                     .d_mlp = 3072,
                                     .n_layers = 12,
                                     .n_heads = 12,
                                     .plain_heads = true,
                                     .tied = true,
                                     .end_of_text = 2,
                                     .norm_epsilon_key = "layer_norm_eps",
                                     .norm_epsilon = 1e-5,
                                     .activation_key = "activation_function",
                                     .activation = Activation::kRelu};

// What OPT-350M alone has.
Status refuse_others(const ConfigReader& read, const ModelConfig& config) {
  constexpr const char* kHint = "excise runs every other OPT";
  if (!EXCISE_TRY(read.flag("do_layer_norm_before", true)))
    return read.bad(ErrorCode::kUnsupported, "do_layer_norm_before", "true",
                    kHint);
  if (EXCISE_TRY(read.flag("_remove_final_layer_norm", false)))
    return read.bad(ErrorCode::kUnsupported, "_remove_final_layer_norm",
                    "false", kHint);
  if (!EXCISE_TRY(read.flag("layer_norm_elementwise_affine", true)))
    return read.bad(ErrorCode::kUnsupported, "layer_norm_elementwise_affine",
                    "true", kHint);
  if (EXCISE_TRY(read.size_or("word_embed_proj_dim", config.d_model)) !=
      config.d_model)
    return read.bad(ErrorCode::kUnsupported, "word_embed_proj_dim",
                    std::to_string(config.d_model) + ", as hidden_size", kHint);
  return {};
}

Result<ModelConfig> read_config(const ConfigReader& read) {
  LlamaDefaults defaults = kDefaults;
  defaults.d_mlp = EXCISE_TRY(read.size("ffn_dim", kDefaults.d_mlp));
  ModelConfig config = EXCISE_TRY(read_llama_like(read, defaults));
  EXCISE_CHECK(refuse_others(read, config));
  Architecture& a = config.architecture;
  a.norm = NormKind::kLayer;
  a.norm_epsilon = static_cast<float>(kDefaults.norm_epsilon);  // no key for it
  a.mlp = MlpKind::kPlain;
  a.learned_positions = true;
  a.first_position = 2;
  const bool all = EXCISE_TRY(read.flag("enable_bias", true));
  a.biases = {
      .norm = true, .qkv = all, .attn_out = all, .mlp_in = all, .mlp_out = all};
  return config;
}

TensorNames tensor_names() {
  TensorNames names;
  names.prefix = "model.";
  names.token_embedding = "decoder.embed_tokens";
  names.position_embedding = "decoder.embed_positions";
  names.block = "decoder.layers";
  names.final_norm = "decoder.final_layer_norm";
  names.head = "lm_head";
  names.activation = "activation_fn";
  set_modules(names, Slot::kNorm1, {"self_attn_layer_norm"});
  set_modules(names, Slot::kQkv,
              {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"});
  set_modules(names, Slot::kO, {"self_attn.out_proj"});
  set_modules(names, Slot::kNorm2, {"final_layer_norm"});
  set_modules(names, Slot::kIn, {"fc1"});
  set_modules(names, Slot::kOut, {"fc2"});
  names.other_heads = {"score.", "qa_outputs.", "v_head."};
  return names;
}

}  // namespace

const Family kOpt = {.name = "OPT",
                     .model_type = "opt",
                     .aliases = {},
                     .harmless_keys = kHarmless,
                     .read = read_config,
                     .tensors = tensor_names()};

}  // namespace excise
