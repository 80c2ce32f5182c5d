#include "model/config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "io/bounded_json.h"
#include "io/known_keys.h"
#include "model/generation_keys.h"

namespace excise {
namespace {

using nlohmann::json;

// Under every name that Transformers has for the same function. The first name
// of a kind is the one that activation_name() gives.
constexpr std::array<std::pair<std::string_view, Activation>, 10> kActivations =
    {{{"gelu_new", Activation::kGeluTanh},
      {"gelu_pytorch_tanh", Activation::kGeluTanh},
      {"gelu_fast", Activation::kGeluTanh},
      {"gelu_accurate", Activation::kGeluTanh},
      {"gelu_python_tanh", Activation::kGeluTanh},
      {"gelu", Activation::kGelu},
      {"gelu_python", Activation::kGelu},
      {"relu", Activation::kRelu},
      {"silu", Activation::kSilu},
      {"swish", Activation::kSilu}}};

// GPT2Config.attribute_map: other names of keys.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4>
    kAliases = {{{"n_embd", "hidden_size"},
                 {"n_layer", "num_hidden_layers"},
                 {"n_head", "num_attention_heads"},
                 {"n_positions", "max_position_embeddings"}}};

// Keys that Transformers reads and that change no number here, with the reason.
// Those that parse_config() reads and those that refuse_others() refuses are
// the other two lists, and model/generation_keys.h has those that are defaults
// of generate(); any further key is told as a note.
constexpr std::array kHarmless = {
    // dropout, initialisation and loss: of training
    "attn_pdrop", "embd_pdrop", "resid_pdrop", "summary_first_dropout",
    "initializer_range", "gradient_checkpointing", "problem_type", "num_labels",
    "id2label", "label2id", "tf_legacy_loss",
    // heads beside the language model's
    "summary_type", "summary_use_proj", "summary_activation",
    "summary_proj_to_labels", "predict_special_tokens", "n_special",
    "finetuning_task", "afn",
    // ids by role: the tokenizer's files count
    "sep_token_id", "unk_token_id", "mask_token_id", "cls_token_id",
    // what is given back, cached or compiled, and with which kernel
    "output_past", "return_dict", "torchscript", "use_bfloat16",
    "chunk_size_feed_forward", "attn_implementation", "_attn_implementation",
    "_attn_implementation_autoset",
    // GPT-2 is causal whatever this says, and has no encoder to tie to
    "is_decoder", "tie_encoder_decoder", "cross_attention_hidden_size",
    // the weights' own dtype counts
    "dtype", "torch_dtype",
    // names and versions
    "_name_or_path", "architectures", "transformers_version", "tokenizer_class",
    "_commit_hash", "model_name", "n_ctx"};

// Far above every GPT-2, far below what would overflow a product of two.
constexpr int64_t kLargestSize = int64_t{1} << 24;
constexpr int64_t kMostLayers = 4096;

// Reads keys of one config.json; absent and null mean the default.
class ConfigReader {
 public:
  ConfigReader(const json& config, const std::filesystem::path& path)
      : config_(config), path_(path) {}

  tl::unexpected<Error> bad(ErrorCode code, std::string_view key,
                            std::string expected, std::string hint = {}) const {
    return fail(
        code, {.where = "config",
               .subject = path_.string() + ": " + std::string(key),
               .expected = std::move(expected),
               .found = present(key) ? config_.at(std::string(key))
                                           .dump(-1, ' ', true,
                                                 json::error_handler_t::replace)
                                     : "nothing",
               .hint = std::move(hint)});
  }

  bool present(std::string_view key) const {
    const auto found = config_.find(std::string(key));
    return found != config_.end() && !found->is_null();
  }

  // The name under which the file has this key: its own or its alias.
  Result<std::string_view> name_of(std::string_view key) const {
    for (const auto& [own, alias] : kAliases) {
      if (own != key || !config_.contains(std::string(alias))) continue;
      if (config_.contains(std::string(own)) &&
          config_.at(std::string(own)) != config_.at(std::string(alias))) {
        return bad(
            ErrorCode::kBadFile, alias,
            "the same as " + std::string(own) + ", whose other name it is");
      }
      return alias;
    }
    return key;
  }

  // A size from 1 to `largest`; `otherwise` where the key is absent.
  Result<size_t> size(std::string_view own, size_t otherwise,
                      int64_t largest = kLargestSize) const {
    const std::string_view key = EXCISE_TRY(name_of(own));
    if (!config_.contains(std::string(key))) return otherwise;
    const json& value = config_.at(std::string(key));
    const bool fits = value.is_number_integer() &&
                      !(value.is_number_unsigned() &&
                        value.get<uint64_t>() > static_cast<uint64_t>(largest));
    if (!fits || value.get<int64_t>() < 1 || value.get<int64_t>() > largest) {
      return bad(ErrorCode::kBadFile, key,
                 "a whole number from 1 to " + std::to_string(largest));
    }
    return value.get<size_t>();
  }

  Result<bool> flag(std::string_view key, bool fallback) const {
    if (!present(key)) return fallback;
    const json& value = config_.at(std::string(key));
    if (!value.is_boolean()) {
      return bad(ErrorCode::kBadFile, key, "true or false");
    }
    return value.get<bool>();
  }

  Result<float> positive(std::string_view key, float fallback) const {
    if (!present(key)) return fallback;
    const json& value = config_.at(std::string(key));
    if (!value.is_number() || !(value.get<double>() > 0) ||
        !std::isfinite(value.get<float>())) {
      return bad(ErrorCode::kBadFile, key, "a positive number");
    }
    return value.get<float>();
  }

  Result<Activation> activation() const {
    constexpr std::string_view kKey = "activation_function";
    if (!present(kKey)) return Activation::kGeluTanh;
    const json& value = config_.at(std::string(kKey));
    std::string known;
    for (const auto& [name, activation] : kActivations) {
      if (value == name) return activation;
      known += (known.empty() ? "one of " : ", ") + std::string(name);
    }
    return bad(ErrorCode::kUnsupported, kKey, known);
  }

  // Options that would change the numbers and are not implemented must be off.
  Status refuse_others() const {
    if (present("model_type") && config_.at("model_type") != "gpt2") {
      return bad(ErrorCode::kUnsupported, "model_type", "gpt2",
                 "excise runs the GPT-2 family");
    }
    for (const std::string_view key :
         {"add_cross_attention", "is_encoder_decoder"}) {
      if (EXCISE_TRY(flag(key, false))) {
        return bad(ErrorCode::kUnsupported, key, "false");
      }
    }
    for (const std::string_view key :
         {"quantization_config", "pruned_heads", "adapters", "auto_map",
          "transformers_weights"}) {
      if (present(key) && !config_.at(std::string(key)).empty()) {
        return bad(ErrorCode::kUnsupported, key, "nothing",
                   "save the model without it first");
      }
    }
    return {};
  }

  // Keys in none of the three lists.
  std::vector<std::string> unknown() const {
    static constexpr std::array kRead = {"n_layer",
                                         "n_embd",
                                         "n_head",
                                         "n_inner",
                                         "n_positions",
                                         "vocab_size",
                                         "activation_function",
                                         "layer_norm_epsilon",
                                         "scale_attn_weights",
                                         "scale_attn_by_inverse_layer_idx",
                                         "reorder_and_upcast_attn",
                                         "tie_word_embeddings",
                                         "eos_token_id",
                                         "model_type",
                                         "add_cross_attention",
                                         "is_encoder_decoder",
                                         "quantization_config",
                                         "pruned_heads",
                                         "adapters",
                                         "auto_map",
                                         "transformers_weights"};
    std::vector<std::string_view> aliases;
    for (const auto& [own, alias] : kAliases) aliases.push_back(alias);
    return other_keys(config_, kRead, kHarmless, aliases,
                      harmless_generation_keys(), unfollowed_generation_keys());
  }

 private:
  const json& config_;
  const std::filesystem::path& path_;
};

}  // namespace

namespace {

// The ids of eos_token_id, one or a list, that the vocabulary has. Nothing is
// refused for them: they change no number, and many files keep an id of a
// larger vocabulary.
std::vector<int> end_ids(const json& value, size_t d_vocab) {
  std::vector<int> ids;
  for (const json& id : value.is_array() ? value : json::array({value})) {
    if (id.is_number_integer() && id.get<int64_t>() >= 0 &&
        id.get<uint64_t>() < d_vocab) {
      ids.push_back(id.get<int>());
    }
  }
  return ids;
}

}  // namespace

std::string_view activation_name(Activation activation) {
  for (const auto& [name, value] : kActivations) {
    if (value == activation) return name;
  }
  return "unknown";
}

float ModelConfig::attention_scale(size_t layer) const {
  float scale = 1.0F;
  if (scale_attn_weights) scale /= std::sqrt(static_cast<float>(d_head()));
  if (scale_attn_by_inverse_layer_idx) scale /= static_cast<float>(layer + 1);
  return scale;
}

AttentionShape ModelConfig::attention_shape(size_t layer) const {
  return {.n_heads = n_heads,
          .n_kv_heads = n_heads,
          .d_head = d_head(),
          .scale = attention_scale(layer)};
}

NormParameters ModelConfig::norm_parameters(
    MatrixView<const float> weight, MatrixView<const float> bias) const {
  return {.kind = NormKind::kLayer,
          .weight = weight,
          .bias = bias,
          .epsilon = layer_norm_epsilon};
}

Result<ModelConfig> parse_config(std::string_view text,
                                 const std::filesystem::path& path) {
  const json document = parse_bounded_json(text);
  if (!document.is_object()) {
    return fail(ErrorCode::kBadFile,
                {.where = "config",
                 .subject = path.string(),
                 .expected = "a JSON object",
                 .found = document.is_discarded() ? "no valid JSON"
                                                  : document.type_name()});
  }
  const ConfigReader read(document, path);
  EXCISE_CHECK(read.refuse_others());
  ModelConfig config;
  config.n_layers = EXCISE_TRY(read.size("n_layer", 12, kMostLayers));
  config.d_model = EXCISE_TRY(read.size("n_embd", 768));
  config.n_heads = EXCISE_TRY(read.size("n_head", 12));
  config.d_mlp = read.present("n_inner") ? EXCISE_TRY(read.size("n_inner", 0))
                                         : 4 * config.d_model;
  // Files of the first years have n_ctx alone; beside n_positions nobody reads
  // it.
  const std::string positions(EXCISE_TRY(read.name_of("n_positions")));
  const bool old = !document.contains(positions) && read.present("n_ctx");
  config.n_ctx = EXCISE_TRY(read.size(old ? "n_ctx" : "n_positions", 1024));
  config.d_vocab = EXCISE_TRY(read.size("vocab_size", 50257));
  config.activation = EXCISE_TRY(read.activation());
  config.layer_norm_epsilon =
      EXCISE_TRY(read.positive("layer_norm_epsilon", 1e-5F));
  config.scale_attn_weights = EXCISE_TRY(read.flag("scale_attn_weights", true));
  config.scale_attn_by_inverse_layer_idx =
      EXCISE_TRY(read.flag("scale_attn_by_inverse_layer_idx", false));
  config.reorder_and_upcast_attn =
      EXCISE_TRY(read.flag("reorder_and_upcast_attn", false));
  config.tie_word_embeddings =
      EXCISE_TRY(read.flag("tie_word_embeddings", true));
  constexpr int kOfGpt2 = 50256;
  config.end_of_text =
      end_ids(document.value("eos_token_id", json(kOfGpt2)), config.d_vocab);
  config.generation_notes = unfollowed_notes(document, "config.json");
  for (const std::string& key : read.unknown()) {
    config.notes.push_back("config.json: " + shown_json(key) +
                           " is left aside, as Transformers' GPT-2 does");
  }
  if (config.d_model % config.n_heads != 0) {
    return read.bad(
        ErrorCode::kBadFile, "n_embd",
        "a multiple of n_head (" + std::to_string(config.n_heads) + ")");
  }
  return config;
}

void take_generation_config(std::string_view text, ModelConfig& config) {
  const std::string file = "generation_config.json";
  const json document = parse_bounded_json(text);
  if (!document.is_object()) {
    config.notes.push_back(file + " is no JSON object and is left aside");
    return;
  }
  config.end_of_text =
      end_ids(document.value("eos_token_id", json()), config.d_vocab);
  // Those of config.json count no more.
  config.generation_notes = unfollowed_notes(document, file);
  constexpr std::array kRead = {"eos_token_id"};
  for (const std::string& key :
       other_keys(document, kRead, harmless_generation_keys(),
                  unfollowed_generation_keys())) {
    config.notes.push_back(file + ": " + shown_json(key) + " is left aside");
  }
}

}  // namespace excise
