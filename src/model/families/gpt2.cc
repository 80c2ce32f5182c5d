#include "model/families/gpt2.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "model/architecture/config_reader.h"
#include "model/architecture/gguf_keys.h"
#include "model/families/family_list.h"

namespace excise {
namespace {

// GPT2Config.attribute_map.
constexpr std::array<KeyAlias, 4> kAliases = {
    {{"n_embd", "hidden_size"},
     {"n_layer", "num_hidden_layers"},
     {"n_head", "num_attention_heads"},
     {"n_positions", "max_position_embeddings"}}};

constexpr auto kHarmless = std::to_array<std::string_view>(
    {// of training
     "summary_first_dropout",
     // heads beside the language model's
     "summary_type", "summary_use_proj", "summary_activation",
     "summary_proj_to_labels", "predict_special_tokens", "n_special", "afn",
     "n_ctx"});

// What attention scores are multiplied by.
struct ScoreScale {
  bool by_width = true;   // divided by sqrt(d_head)
  bool by_layer = false;  // and by layer + 1
};

void set_architecture(const ScoreScale& scale, ModelConfig& config) {
  config.n_kv_heads = config.n_heads;
  config.d_head = config.d_model / config.n_heads;
  Architecture& a = config.architecture;
  a.biases = {true, true, true, true, true};
  a.attention.clear();
  for (size_t l = 0; l < config.n_layers; ++l) {
    LayerAttention attention;
    if (scale.by_width)
      attention.scale /= std::sqrt(static_cast<float>(config.d_head));
    if (scale.by_layer) attention.scale /= static_cast<float>(l + 1);
    a.attention.push_back(attention);
  }
  const auto flag = [](bool on) { return std::string(on ? "1" : "0"); };
  config.identity = {flag(scale.by_width), flag(scale.by_layer),
                     flag(config.tie_word_embeddings)};
}

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config;
  config.n_layers = EXCISE_TRY(read.size("n_layer", 12, kMostLayers));
  config.d_model = EXCISE_TRY(read.size("n_embd", 768));
  config.n_heads = EXCISE_TRY(read.size("n_head", 12));
  config.d_mlp = read.present("n_inner") ? EXCISE_TRY(read.size("n_inner", 0))
                                         : 4 * config.d_model;
  // Files of the first years have n_ctx alone; beside n_positions nobody reads
  // it.
  const std::string_view positions = EXCISE_TRY(read.name_of("n_positions"));
  const bool old = !read.contains(positions) && read.present("n_ctx");
  config.n_ctx = EXCISE_TRY(read.size(old ? "n_ctx" : "n_positions", 1024));
  config.d_vocab = EXCISE_TRY(read.size("vocab_size", 50257));
  Architecture& a = config.architecture;
  a.activation =
      EXCISE_TRY(read.activation("activation_function", a.activation));
  a.norm_epsilon =
      static_cast<float>(EXCISE_TRY(read.positive("layer_norm_epsilon", 1e-5)));
  ScoreScale scale;
  scale.by_width = EXCISE_TRY(read.flag("scale_attn_weights", scale.by_width));
  scale.by_layer =
      EXCISE_TRY(read.flag("scale_attn_by_inverse_layer_idx", scale.by_layer));
  // The same numbers in float32.
  EXCISE_TRY(read.flag("reorder_and_upcast_attn", false));
  config.tie_word_embeddings =
      EXCISE_TRY(read.flag("tie_word_embeddings", true));
  constexpr int kEndOfText = 50256;
  config.end_of_text = read.end_of_text(kEndOfText, config.d_vocab);
  if (config.d_model % config.n_heads != 0) {
    return read.bad(
        ErrorCode::kBadFile, "n_embd",
        "a multiple of n_head (" + std::to_string(config.n_heads) + ")");
  }
  set_architecture(scale, config);
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
  const auto set = [&](Slot slot, std::string_view module) {
    names.slots[static_cast<size_t>(slot)].names = {module};
  };
  set(Slot::kNorm1, "ln_1");
  set(Slot::kQkv, "attn.c_attn");
  set(Slot::kO, "attn.c_proj");
  set(Slot::kNorm2, "ln_2");
  set(Slot::kIn, "mlp.c_fc");
  set(Slot::kOut, "mlp.c_proj");
  names.activation = "mlp.act";
  names.linear = LinearLayout::kInOut;
  names.old_buffers = {{"attn.bias", OldBuffer::Kind::kCausalMask},
                       {"attn.masked_bias", OldBuffer::Kind::kMaskedScore}};
  // Of GPT-2's other classes and of TRL.
  names.other_heads = {"multiple_choice_head.", "score.", "classifier.",
                       "qa_outputs.", "v_head."};
  return names;
}

Status add_gguf_keys(const GgufKeys& keys, nlohmann::json& config) {
  EXCISE_CHECK(add_gguf_sizes(keys, config));
  config["n_inner"] = config["intermediate_size"];
  config.erase("intermediate_size");
  return add_gguf_number(keys, "attention.layer_norm_epsilon",
                         "layer_norm_epsilon", config);
}

}  // namespace

const Family kGpt2 = {
    .name = "GPT-2",
    .model_type = "gpt2",
    .aliases = kAliases,
    .harmless_keys = kHarmless,
    .read = read_config,
    .tensors = tensor_names(),
    .gguf = {.architecture = "gpt2", .add_keys = add_gguf_keys}};

ModelConfig gpt2_config(const Gpt2Sizes& sizes) {
  ModelConfig config;
  config.family = &kGpt2;
  config.n_layers = sizes.n_layers;
  config.d_model = sizes.d_model;
  config.n_heads = sizes.n_heads;
  config.d_mlp = sizes.d_mlp;
  config.n_ctx = sizes.n_ctx;
  config.d_vocab = sizes.d_vocab;
  set_architecture({}, config);
  return config;
}

std::string gpt2_config_json(const ModelConfig& config, DType dtype) {
  const nlohmann::ordered_json json = {
      {"architectures", {"GPT2LMHeadModel"}},
      {"model_type", "gpt2"},
      {"activation_function", activation_name(config.architecture.activation)},
      {"n_layer", config.n_layers},
      {"n_embd", config.d_model},
      {"n_head", config.n_heads},
      {"n_inner", config.d_mlp},
      {"n_positions", config.n_ctx},
      {"vocab_size", config.d_vocab},
      {"layer_norm_epsilon", 1e-5},
      {"bos_token_id", config.d_vocab - 1},
      {"eos_token_id", config.d_vocab - 1},
      {"tie_word_embeddings", config.tie_word_embeddings},
      {"torch_dtype", dtype == DType::kF32   ? "float32"
                      : dtype == DType::kF16 ? "float16"
                                             : "bfloat16"}};
  return json.dump(2) + "\n";
}

}  // namespace excise
