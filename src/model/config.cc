#include "model/config.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace excise {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<std::string_view, Activation>, 6> kActivations =
    {{{"gelu_new", Activation::kGeluTanh},
      {"gelu_pytorch_tanh", Activation::kGeluTanh},
      {"gelu", Activation::kGelu},
      {"relu", Activation::kRelu},
      {"silu", Activation::kSilu},
      {"swish", Activation::kSilu}}};

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

  // A size from 1 to `largest`; fallback 0 means that it must be there.
  Result<size_t> size(std::string_view key, size_t fallback,
                      int64_t largest = kLargestSize) const {
    if (!present(key) && fallback != 0) return fallback;
    const json value = present(key) ? config_.at(std::string(key)) : json();
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

  // The id that ends a text. Nothing is refused for it: it changes no number,
  // and many files keep an id of a larger vocabulary.
  std::optional<int> end_of_text(size_t d_vocab) const {
    constexpr int kOfGpt2 = 50256;
    const json value = config_.value("eos_token_id", json(kOfGpt2));
    if (!value.is_number_integer() || value.get<int64_t>() < 0 ||
        value.get<uint64_t>() >= d_vocab) {
      return std::nullopt;
    }
    return value.get<int>();
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
         {"quantization_config", "pruned_heads", "adapters"}) {
      if (present(key) && !config_.at(std::string(key)).empty()) {
        return bad(ErrorCode::kUnsupported, key, "nothing",
                   "save the model without it first");
      }
    }
    return {};
  }

 private:
  const json& config_;
  const std::filesystem::path& path_;
};

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

Result<ModelConfig> parse_config(std::string_view text,
                                 const std::filesystem::path& path) {
  const json document = json::parse(text, nullptr, false);
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
  config.n_layers = EXCISE_TRY(read.size("n_layer", 0, kMostLayers));
  config.d_model = EXCISE_TRY(read.size("n_embd", 0));
  config.n_heads = EXCISE_TRY(read.size("n_head", 0));
  config.d_mlp = EXCISE_TRY(read.size("n_inner", 4 * config.d_model));
  config.n_ctx = EXCISE_TRY(
      read.size(read.present("n_positions") ? "n_positions" : "n_ctx", 0));
  config.d_vocab = EXCISE_TRY(read.size("vocab_size", 0));
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
  config.end_of_text = read.end_of_text(config.d_vocab);
  if (config.d_model % config.n_heads != 0) {
    return read.bad(
        ErrorCode::kBadFile, "n_embd",
        "a multiple of n_head (" + std::to_string(config.n_heads) + ")");
  }
  return config;
}

}  // namespace excise
