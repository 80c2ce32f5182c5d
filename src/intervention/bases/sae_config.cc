#include "intervention/bases/sae_config.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/did_you_mean.h"
#include "io/bounded_json.h"
#include "io/known_keys.h"
#include "io/utf8.h"

namespace excise {
namespace {

using Json = nlohmann::json;

// Every key is in one of three lists: used, harmless, or (all others) refused.
constexpr std::array kUsed = {"activation_fn",
                              "activation_fn_kwargs",
                              "activation_fn_str",
                              "apply_b_dec_to_input",
                              "architecture",
                              "d_in",
                              "d_sae",
                              "finetuning_scaling_factor",
                              "hook_head_index",
                              "hook_name",
                              "hook_point",
                              "hook_point_head_index",
                              "k",
                              "metadata",
                              "model_from_pretrained_kwargs",
                              "model_name",
                              "normalize_activations",
                              "rescale_acts_by_decoder_norm",
                              "reshape_activations"};

// Of "metadata"; what stands at the top does not count there.
constexpr std::array kUsedOfMetadata = {"hf_hook_name_out",
                                        "hook_head_index",
                                        "hook_head_index_out",
                                        "hook_name",
                                        "hook_name_out",
                                        "hook_point",
                                        "hook_point_head_index",
                                        "model_from_pretrained_kwargs",
                                        "model_name"};

// Keys of cfg.json of SAELens 1 to 6 that do not change what the trained
// autoencoder computes; SAELens 6 leaves all but a few of them aside, too.
constexpr std::array kHarmless = {
    // the layer is in the hook's name; a hook for evaluation alone; the hook's
    // name in another library
    "hook_layer", "hook_point_layer", "hook_point_eval", "hook_eval",
    "hf_hook_name",
    // where its inputs came from: excise puts no token in front
    "context_size", "dataset_path", "dataset_trust_remote_code", "streaming",
    "is_dataset_tokenized", "exclude_special_tokens", "prepend_bos", "seqpos",
    "seqpos_slice", "use_cached_activations", "cached_activations_path",
    "new_cached_activations_path", "disable_concat_sequences",
    "sequence_separator_token", "model_class_name", "model_kwargs",
    // numbers of the computer: excise reads weights as stored, in float32
    "device", "act_store_device", "dtype", "autocast", "autocast_lm",
    "compile_llm", "llm_compilation_mode", "compile_sae",
    "sae_compilation_mode", "use_sparse_activations",
    // how it was initialised
    "b_dec_init_method", "expansion_factor", "from_pretrained_path",
    "init_encoder_as_decoder_transpose", "decoder_orthogonal_init",
    "decoder_heuristic_init", "decoder_heuristic_init_norm",
    "decoder_init_norm", "normalize_sae_decoder", "jumprelu_init_threshold",
    "seed",
    // how it was trained
    "training_tokens", "total_training_tokens", "total_training_steps",
    "finetuning_tokens", "finetuning_method", "n_batches_in_buffer",
    "store_batch_size", "store_batch_size_prompts", "train_batch_size",
    "train_batch_size_tokens", "tokens_per_buffer", "lr", "lr_end",
    "lr_scheduler_name", "lr_warm_up_steps", "lr_decay_steps",
    "n_restart_cycles", "adam_beta1", "adam_beta2", "l1_coefficient",
    "l1_warm_up_steps", "l0_coefficient", "l0_warm_up_steps", "lp_norm",
    "scale_sparsity_penalty_by_decoder_norm", "mse_loss_normalization",
    "aux_loss_coefficient", "pre_act_loss_coefficient", "jumprelu_bandwidth",
    "jumprelu_sparsity_loss_mode", "jumprelu_tanh_scale", "noise",
    "noise_scale", "target_l0", "jumprelu_ste_to_input", "noise_alpha",
    "use_ghost_grads", "ghost_grads", "feature_sampling_method",
    "feature_sampling_window", "feature_reinit_scale", "resample_batches",
    "dead_feature_window", "dead_feature_threshold",
    "dead_feature_estimation_method", "topk_threshold_lr",
    "training_architecture", "training_architecture_details",
    // evaluation, logs, checkpoints
    "l0", "num_dead_features", "n_eval_batches", "eval_batch_size_prompts",
    "n_eval_seqs", "eval_every_n_wandb_logs", "log_to_wandb", "logger",
    "log_activations_store_to_wandb", "log_optimizer_state_to_wandb",
    "wandb_project", "wandb_id", "wandb_entity", "wandb_group",
    "wandb_log_frequency", "run_name", "resume", "n_checkpoints",
    "checkpoint_path", "save_final_checkpoint", "output_path", "verbose",
    // names and versions; the flag of a caller
    "neuronpedia_id", "sae_lens_training_version", "sae_lens_version",
    "use_error_term"};

// model_from_pretrained_kwargs, which says how TransformerLens changed the
// model. center_writing_weights is used. Harmless: what does not reach the
// hooks that excise has (fold_ln changes what is behind a LayerNorm's weights,
// center_unembed the logits), how the model was loaded, and what only sets
// defaults of a call.
constexpr std::array kHarmlessKwargs = {"center_unembed",
                                        "fold_ln",
                                        "dtype",
                                        "torch_dtype",
                                        "device",
                                        "n_devices",
                                        "move_to_device",
                                        "default_padding_side",
                                        "default_prepend_bos",
                                        "cache_dir",
                                        "local_files_only",
                                        "token",
                                        "trust_remote_code",
                                        "low_cpu_mem_usage",
                                        "attn_implementation",
                                        "first_n_layers"};
// These two change hook_z and nothing else.
constexpr std::array kKwargsOfValues = {"fold_value_biases",
                                        "refactor_factored_attn_matrices"};
constexpr size_t kMostFeatures = size_t{1} << 24;

class Reader {
 public:
  Reader(const Json& json, std::string source)
      : json_(json), source_(std::move(source)) {}

  Result<SaeConfig> read() const {
    EXCISE_CHECK(check_keys(json_, kUsed, ""));
    EXCISE_CHECK(check_part("metadata", kUsedOfMetadata));
    EXCISE_CHECK(check_part("activation_fn_kwargs", std::array{"k"}));
    SaeConfig config;
    config.d_in = EXCISE_TRY(size("d_in"));
    config.d_sae = EXCISE_TRY(size("d_sae"));
    config.architecture = EXCISE_TRY(architecture());
    config.apply_b_dec_to_input =
        EXCISE_TRY(flag(json_, "apply_b_dec_to_input", true));
    config.normalization = EXCISE_TRY(normalization());
    constexpr const char* kRescale = "rescale_acts_by_decoder_norm";
    config.rescale_acts_by_decoder_norm =
        EXCISE_TRY(flag(json_, kRescale, false));
    if (config.architecture == SaeArchitecture::kTopK) {
      config.k = EXCISE_TRY(top_k());
    } else if (config.rescale_acts_by_decoder_norm) {
      return unsupported(kRescale, "false of any architecture but topk",
                         "true");
    }
    EXCISE_CHECK(check_rest());
    config.hook = text("hook_name");
    if (config.hook.empty()) config.hook = text("hook_point");
    config.model = text("model_name");
    config.centre_input = EXCISE_TRY(centred(config.hook));
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
    return text.size() <= 60 ? text : std::string(beginning(text, 57)) + "...";
  }

  // Of an object within the file; prefix: of its keys, for messages.
  template <typename Used>
  Status check_keys(const Json& object, const Used& used,
                    const std::string& prefix) const {
    const auto others = other_keys(object, used, kHarmless);
    if (others.empty()) return {};
    const std::string& key = others.front();
    const std::vector<std::string> known(used.begin(), used.end());
    const std::string hint = did_you_mean(key, known);
    return fail(ErrorCode::kUnsupported,
                {.where = "sae",
                 .subject = source_ + ": option " + prefix +
                            std::string(beginning(key, 100)),
                 .expected = "options that excise knows",
                 .found = shown(object[key]),
                 .hint = hint.empty() ? "it may change the numbers" : hint});
  }

  // Of the object, if any, under a key.
  template <typename Used>
  Status check_part(const std::string& name, const Used& used) const {
    const auto part = json_.find(name);
    if (part == json_.end() || part->is_null()) return {};
    if (!part->is_object()) return bad(name, "an object", shown(*part));
    return check_keys(*part, used, name + ".");
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

  // Where a key may stand: at the top or in "metadata", where version 6 has it.
  std::vector<const Json*> places() const {
    std::vector<const Json*> places = {&json_};
    const auto metadata = json_.find("metadata");
    if (metadata != json_.end() && metadata->is_object())
      places.push_back(&*metadata);
    return places;
  }

  std::string text(const char* key) const {
    for (const Json* place : places()) {
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
    // Versions before 3 have a flag.
    if (value == "none" || value.is_null() || value == false)
      return SaeNormalization::kNone;
    if (value == "constant_norm_rescale")
      return SaeNormalization::kConstantNorm;
    if (value == "layer_norm") return SaeNormalization::kLayerNorm;
    return unsupported("normalize_activations",
                       "none, constant_norm_rescale or layer_norm (fold an "
                       "average into the weights first)",
                       shown(value));
  }

  // Whether activations lose their mean before they are encoded, as those of a
  // model whose writing weights were centred have lost it.
  Result<bool> centred(const std::string& hook) const {
    const bool writes =
        hook.ends_with("hook_resid_pre") || hook.ends_with("hook_resid_mid") ||
        hook.ends_with("hook_resid_post") || hook.ends_with("hook_attn_out") ||
        hook.ends_with("hook_mlp_out");
    constexpr const char* kKey = "model_from_pretrained_kwargs";
    bool centred = false;
    for (const Json* place : places()) {
      const auto kwargs = place->find(kKey);
      if (kwargs == place->end() || kwargs->is_null()) continue;
      if (!kwargs->is_object()) return bad(kKey, "an object", shown(*kwargs));
      for (const auto& [key, value] : kwargs->items()) {
        const auto is = [&](const char* known) { return key == known; };
        const bool off = value.is_null() || value == false;
        if (off || std::ranges::any_of(kHarmlessKwargs, is)) continue;
        if (key == "center_writing_weights" && value == true) {
          centred = writes;
          continue;
        }
        if (std::ranges::any_of(kKwargsOfValues, is) &&
            !hook.ends_with("hook_z")) {
          continue;
        }
        return unsupported(
            std::string(kKey) + "." + std::string(beginning(key, 60)),
            "false, since it changes the activations", shown(value));
      }
    }
    return centred;
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
    // The factor itself is a tensor, looked at with the weights.
    EXCISE_TRY(flag(json_, "finetuning_scaling_factor", false));
    for (const Json* place : places()) {
      // Those that end in _out are of transcoders.
      for (const char* key :
           {"hook_head_index", "hook_point_head_index", "hook_name_out",
            "hook_head_index_out", "hf_hook_name_out"}) {
        const auto index = place->find(key);
        if (index != place->end() && !index->is_null())
          return unsupported(key, "null", shown(*index));
      }
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
  const Json json = parse_bounded_json<Json>(text);
  if (!json.is_object()) {
    return fail(ErrorCode::kBadFile, {.where = "sae",
                                      .subject = path.string(),
                                      .expected = "a JSON object",
                                      .found = "something else"});
  }
  return Reader(json, path.string()).read();
}

}  // namespace excise
