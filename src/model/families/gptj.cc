// GPT-J (Wang and Komatsuzaki 2021).
#include <array>
#include <string>

#include "model/architecture/rotary_config.h"
#include "model/families/family_list.h"
#include "model/families/llama_like.h"

namespace excise {
namespace {

constexpr auto kAliases =
    std::to_array<KeyAlias>({{"hidden_size", "n_embd"},
                             {"num_hidden_layers", "n_layer"},
                             {"num_attention_heads", "n_head"},
                             {"max_position_embeddings", "n_positions"}});

constexpr auto kHarmless = std::to_array<std::string_view>(
    {"summary_type", "summary_use_proj", "summary_activation",
     "summary_proj_to_labels", "summary_first_dropout", "scale_attn_weights",
     "n_ctx", "rotary"});

constexpr LlamaDefaults kDefaults = {.d_vocab = 50400,
                                     .d_model = 4096,
                                     .d_mlp = 0,
                                     .n_layers = 28,
                                     .n_heads = 16,
                                     .plain_heads = true,
                                     .end_of_text = 50256,
                                     .norm_epsilon_key = "layer_norm_epsilon",
                                     .norm_epsilon = 1e-5,
                                     .activation_key = "activation_function",
                                     .activation = Activation::kGeluTanh};

Result<ModelConfig> read_config(const ConfigReader& read) {
  LlamaDefaults defaults = kDefaults;
  defaults.d_mlp = EXCISE_TRY(read.size_or(
      "n_inner", 4 * EXCISE_TRY(read.size("hidden_size", kDefaults.d_model))));
  ModelConfig config = EXCISE_TRY(read_llama_like(read, defaults));
  Architecture& a = config.architecture;
  a.norm = NormKind::kLayer;
  a.mlp = MlpKind::kPlain;
  a.residual = Residual::kParallelOneNorm;
  a.biases = {.norm = true, .mlp_in = true, .mlp_out = true, .head = true};
  constexpr size_t kColumns = 64;
  const size_t columns = EXCISE_TRY(read.size("rotary_dim", kColumns));
  if (columns > config.d_head || columns % 2 == 1)
    return read.bad(ErrorCode::kBadFile, "rotary_dim",
                    "an even number up to " + std::to_string(config.d_head) +
                        ", the columns of a head");
  Rotary rotary;
  rotary.pairs = RotaryPairs::kAdjacent;
  constexpr double kTheta = 10000;
  rotary.inverse_frequencies = rotary_frequencies(kTheta, columns);
  a.rotaries.push_back(rotary);
  turn_all_layers(0, a);
  return config;
}

TensorNames tensor_names() {
  TensorNames names;
  names.prefix = "transformer.";
  names.token_embedding = "wte";
  names.block = "h";
  names.final_norm = "ln_f";
  names.head = "lm_head";
  names.activation = "mlp.act";
  set_modules(names, Slot::kNorm1, {"ln_1"});
  set_modules(names, Slot::kQkv, {"attn.q_proj", "attn.k_proj", "attn.v_proj"});
  set_modules(names, Slot::kO, {"attn.out_proj"});
  set_modules(names, Slot::kIn, {"mlp.fc_in"});
  set_modules(names, Slot::kOut, {"mlp.fc_out"});
  names.old_buffers = {{"attn.bias", OldBuffer::Kind::kCausalMask},
                       {"attn.masked_bias", OldBuffer::Kind::kMaskedScore}};
  names.other_heads = {"score.", "qa_outputs.", "v_head."};
  return names;
}

}  // namespace

const Family kGptJ = {.name = "GPT-J",
                      .model_type = "gptj",
                      .aliases = kAliases,
                      .harmless_keys = kHarmless,
                      .read = read_config,
                      .tensors = tensor_names()};

}  // namespace excise
