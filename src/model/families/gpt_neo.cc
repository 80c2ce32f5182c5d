// GPT-Neo (Black et al. 2021), and TinyStories.
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/families/family_list.h"
#include "model/families/llama_like.h"

namespace excise {
namespace {

constexpr auto kAliases =
    std::to_array<KeyAlias>({{"num_attention_heads", "num_heads"},
                             {"num_hidden_layers", "num_layers"}});

constexpr auto kHarmless = std::to_array<std::string_view>(
    {"attention_layers", "embed_dropout", "resid_dropout", "summary_type",
     "summary_use_proj", "summary_activation", "summary_proj_to_labels",
     "summary_first_dropout"});

constexpr LlamaDefaults kDefaults = {.d_vocab = 50257,
                                     .d_model = 2048,
                                     .d_mlp = 0,
                                     .n_layers = 24,
                                     .n_heads = 16,
                                     .plain_heads = true,
                                     .tied = true,
                                     .end_of_text = 50256,
                                     .norm_epsilon_key = "layer_norm_epsilon",
                                     .norm_epsilon = 1e-5,
                                     .activation_key = "activation_function",
                                     .activation = Activation::kGeluTanh};

// [["global", "local"], 12] and so on: a pattern and how often it repeats.
Result<std::vector<bool>> read_local_layers(const ConfigReader& read,
                                            size_t n_layers) {
  constexpr const char* kKey = "attention_types";
  const nlohmann::json pairs =
      read.present(kKey)
          ? *read.value(kKey)
          : nlohmann::json::parse(R"([[["global", "local"], 12]])");
  const auto bad = [&] {
    return read.bad(ErrorCode::kBadFile, kKey,
                    "lists of global and local, each with how often it "
                    "repeats, that make " +
                        std::to_string(n_layers) + " layers");
  };
  std::vector<bool> local;
  if (!pairs.is_array()) return bad();
  for (const auto& pair : pairs) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_array() ||
        !pair[1].is_number_unsigned() || pair[1] > kMostLayers)
      return bad();
    for (size_t i = 0; i < pair[1].get<size_t>(); ++i) {
      for (const auto& kind : pair[0]) {
        if ((kind != "global" && kind != "local") || local.size() == n_layers)
          return bad();
        local.push_back(kind == "local");
      }
    }
  }
  if (local.size() != n_layers) return bad();
  return local;
}

Result<ModelConfig> read_config(const ConfigReader& read) {
  LlamaDefaults defaults = kDefaults;
  defaults.d_mlp = 4 * EXCISE_TRY(read.size("hidden_size", kDefaults.d_model));
  ModelConfig config = EXCISE_TRY(read_llama_like(read, defaults));
  Architecture& a = config.architecture;
  a.norm = NormKind::kLayer;
  a.mlp = MlpKind::kPlain;
  a.learned_positions = true;
  a.biases = {.norm = true, .attn_out = true, .mlp_in = true, .mlp_out = true};
  set_score_scale(1, a);
  const auto local = EXCISE_TRY(read_local_layers(read, config.n_layers));
  constexpr size_t kWindow = 256;
  const size_t window = EXCISE_TRY(read.size("window_size", kWindow));
  for (size_t l = 0; l < local.size(); ++l) {
    if (local[l]) a.attention[l].window = window;
  }
  return config;
}

TensorNames tensor_names() {
  TensorNames names;
  names.prefix = "transformer.";
  names.token_embedding = "wte";
  names.position_embedding = "wpe";
  names.block = "h";
  names.final_norm = "ln_f";
  names.head = "lm_head";
  names.activation = "mlp.act";
  set_modules(names, Slot::kNorm1, {"ln_1"});
  set_modules(names, Slot::kQkv,
              {"attn.attention.q_proj", "attn.attention.k_proj",
               "attn.attention.v_proj"});
  set_modules(names, Slot::kO, {"attn.attention.out_proj"});
  set_modules(names, Slot::kNorm2, {"ln_2"});
  set_modules(names, Slot::kIn, {"mlp.c_fc"});
  set_modules(names, Slot::kOut, {"mlp.c_proj"});
  names.old_buffers = {
      {"attn.attention.bias", OldBuffer::Kind::kCausalMask},
      {"attn.attention.masked_bias", OldBuffer::Kind::kMaskedScore}};
  names.other_heads = {"score.", "classifier.", "qa_outputs.", "v_head."};
  return names;
}

}  // namespace

const Family kGptNeo = {.name = "GPT-Neo",
                        .model_type = "gpt_neo",
                        .aliases = kAliases,
                        .harmless_keys = kHarmless,
                        .read = read_config,
                        .tensors = tensor_names()};

}  // namespace excise
