#include "intervention/bases/sae_config.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

namespace excise {
namespace {

using Json = nlohmann::json;

// Keys that do not change what the trained autoencoder computes.
constexpr std::array kIgnored = {"context_size",
                                 "dataset_path",
                                 "dataset_trust_remote_code",
                                 "device",
                                 "dtype",
                                 "exclude_special_tokens",
                                 "hook_layer",
                                 "metadata",
                                 "model_class_name",
                                 "model_from_pretrained_kwargs",
                                 "model_name",
                                 "hook_name",
                                 "neuronpedia_id",
                                 "noise",
                                 "prepend_bos",
                                 "sae_lens_training_version",
                                 "sae_lens_version",
                                 "seqpos",
                                 "seqpos_slice",
                                 "use_error_term"};
constexpr std::array kUnderstood = {"activation_fn",
                                    "activation_fn_kwargs",
                                    "activation_fn_str",
                                    "apply_b_dec_to_input",
                                    "architecture",
                                    "d_in",
                                    "d_sae",
                                    "finetuning_scaling_factor",
                                    "hook_head_index",
                                    "k",
                                    "normalize_activations",
                                    "rescale_acts_by_decoder_norm",
                                    "reshape_activations"};
constexpr size_t kMostFeatures = size_t{1} << 24;

class Reader {
 public:
  Reader(const Json& json, std::string source)
      : json_(json), source_(std::move(source)) {}

  Result<SaeConfig> read() const {
    EXCISE_CHECK(check_keys());
    SaeConfig config;
    config.d_in = EXCISE_TRY(size("d_in"));
    config.d_sae = EXCISE_TRY(size("d_sae"));
    config.architecture = EXCISE_TRY(architecture());
    config.apply_b_dec_to_input =
        EXCISE_TRY(flag(json_, "apply_b_dec_to_input", true));
    config.normalization = EXCISE_TRY(normalization());
    if (config.architecture == SaeArchitecture::kTopK) {
      config.k = EXCISE_TRY(top_k());
      config.rescale_acts_by_decoder_norm =
          EXCISE_TRY(flag(json_, "rescale_acts_by_decoder_norm", false));
    }
    EXCISE_CHECK(check_rest());
    config.hook = text("hook_name");
    config.model = text("model_name");
    return config;
  }

 private:
  tl::unexpected<Error> bad(const std::string& what, std::string expected,
                            std::string found) const {
    return fail(ErrorCode::kBadFile, {.where = "sae",
                                      .subject = source_ + ": " + what,
                                      .expected = std::move(expected),
                                      .found = std::move(found)});
  }

  tl::unexpected<Error> unsupported(const std::string& what,
                                    std::string expected,
                                    std::string found) const {
    return fail(ErrorCode::kUnsupported, {.where = "sae",
                                          .subject = source_ + ": " + what,
                                          .expected = std::move(expected),
                                          .found = std::move(found)});
  }

  static std::string shown(const Json& value) {
    const std::string text =
        value.dump(-1, ' ', false, Json::error_handler_t::replace);
    return text.size() <= 60 ? text : text.substr(0, 57) + "...";
  }

  Status check_keys() const {
    for (const auto& [key, value] : json_.items()) {
      const auto is = [&](const char* known) { return key == known; };
      if (std::ranges::any_of(kIgnored, is) ||
          std::ranges::any_of(kUnderstood, is))
        continue;
      std::vector<std::string> known(kUnderstood.begin(), kUnderstood.end());
      std::string hint;
      for (const std::string& near : near_names(key, known))
        hint += (hint.empty() ? "did you mean " : " or ") + near;
      return fail(
          ErrorCode::kUnsupported,
          {.where = "sae",
           .subject = source_ + ": option " + key.substr(0, 100),
           .expected = "options that excise knows",
           .found = shown(value),
           .hint = hint.empty() ? "it may change the numbers" : hint + "?"});
    }
    return {};
  }

  Result<size_t> size(const char* key) const {
    if (!json_.contains(key)) return bad(key, "a number", "none");
    const Json& value = json_[key];
    if (!value.is_number_unsigned() || value.get<uint64_t>() == 0 ||
        value.get<uint64_t>() > kMostFeatures) {
      return bad(key, "1 to " + std::to_string(kMostFeatures), shown(value));
    }
    return value.get<size_t>();
  }

  Result<bool> flag(const Json& from, const char* key, bool otherwise) const {
    if (!from.contains(key) || from[key].is_null()) return otherwise;
    if (!from[key].is_boolean())
      return bad(key, "true or false", shown(from[key]));
    return from[key].get<bool>();
  }

  // A text at the top or in "metadata", where version 6 has it.
  std::string text(const char* key) const {
    for (const Json* place :
         {&json_, json_.contains("metadata") ? &json_["metadata"] : nullptr}) {
      if (place == nullptr || !place->is_object()) continue;
      const auto found = place->find(key);
      if (found != place->end() && found->is_string())
        return found->get<std::string>();
    }
    return {};
  }

  Result<SaeArchitecture> architecture() const {
    const std::string name =
        json_.contains("architecture")
            ? json_["architecture"].is_string()
                  ? json_["architecture"].get<std::string>()
                  : shown(json_["architecture"])
            : "standard";
    const std::string activation = activation_function();
    if (name == "standard" && activation == "topk")
      return SaeArchitecture::kTopK;
    if (activation != "relu" && !(name == "topk" && activation == "topk")) {
      return unsupported("activation_fn",
                         "relu, or topk of a standard autoencoder", activation);
    }
    if (name == "standard") return SaeArchitecture::kStandard;
    if (name == "jumprelu") return SaeArchitecture::kJumpRelu;
    if (name == "topk") return SaeArchitecture::kTopK;
    if (name == "gated") return SaeArchitecture::kGated;
    return unsupported("architecture", "standard, jumprelu, topk or gated",
                       name);
  }

  std::string activation_function() const {
    for (const char* key : {"activation_fn_str", "activation_fn"}) {
      if (json_.contains(key)) {
        return json_[key].is_string() ? json_[key].get<std::string>()
                                      : shown(json_[key]);
      }
    }
    return "relu";
  }

  Result<SaeNormalization> normalization() const {
    if (!json_.contains("normalize_activations"))
      return SaeNormalization::kNone;
    const Json& value = json_["normalize_activations"];
    if (value == "none") return SaeNormalization::kNone;
    if (value == "constant_norm_rescale")
      return SaeNormalization::kConstantNorm;
    if (value == "layer_norm") return SaeNormalization::kLayerNorm;
    return unsupported("normalize_activations",
                       "none, constant_norm_rescale or layer_norm (fold an "
                       "average into the weights first)",
                       shown(value));
  }

  Result<size_t> top_k() const {
    if (json_.contains("k")) return size("k");
    if (json_.contains("activation_fn_kwargs") &&
        json_["activation_fn_kwargs"].is_object() &&
        json_["activation_fn_kwargs"].contains("k")) {
      return Reader(json_["activation_fn_kwargs"],
                    source_ + ": activation_fn_kwargs")
          .size("k");
    }
    return bad("k", "the number of active features", "none");
  }

  Status check_rest() const {
    if (EXCISE_TRY(flag(json_, "finetuning_scaling_factor", false)))
      return unsupported("finetuning_scaling_factor", "false", "true");
    const auto index = json_.find("hook_head_index");
    if (index != json_.end() && !index->is_null())
      return unsupported("hook_head_index", "null", shown(*index));
    if (json_.contains("metadata") && json_["metadata"].is_object()) {
      const auto inner = json_["metadata"].find("hook_head_index");
      if (inner != json_["metadata"].end() && !inner->is_null())
        return unsupported("metadata.hook_head_index", "null", shown(*inner));
    }
    const auto reshape = json_.find("reshape_activations");
    // Heads lie side by side in hook_z here, which is what hook_z asks for.
    if (reshape != json_.end() && *reshape != "none" && *reshape != "hook_z")
      return unsupported("reshape_activations", "none or hook_z",
                         shown(*reshape));
    return {};
  }

  const Json& json_;
  std::string source_;
};

}  // namespace

Result<SaeConfig> parse_sae_config(std::string_view text,
                                   const std::filesystem::path& path) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) {
    return fail(ErrorCode::kBadFile, {.where = "sae",
                                      .subject = path.string(),
                                      .expected = "a JSON object",
                                      .found = "something else"});
  }
  return Reader(json, path.string()).read();
}

}  // namespace excise
