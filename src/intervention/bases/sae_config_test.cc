#include "intervention/bases/sae_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "io/text_file.h"

namespace excise {
namespace {

using testing::HasSubstr;

SaeConfig parsed(const std::string& text) {
  const auto config = parse_sae_config(text, "cfg.json");
  EXPECT_TRUE(config) << config.error().message;
  return config.value_or(SaeConfig());
}

TEST(SaeConfig, OlderFilesHaveEverythingAtTheTop) {
  const SaeConfig config = parsed(R"({
      "architecture": "standard", "d_in": 8, "d_sae": 32, "dtype": "float32",
      "device": "cpu", "model_name": "gpt2-small", "hook_layer": 5,
      "hook_name": "blocks.5.hook_resid_pre", "hook_head_index": null,
      "activation_fn_str": "topk", "activation_fn_kwargs": {"k": 4},
      "apply_b_dec_to_input": false, "finetuning_scaling_factor": false,
      "sae_lens_training_version": "3.1", "prepend_bos": true,
      "dataset_path": "x", "dataset_trust_remote_code": true,
      "context_size": 128, "normalize_activations": "layer_norm",
      "reshape_activations": "none", "neuronpedia_id": null,
      "model_from_pretrained_kwargs": {}, "seqpos_slice": [null]})");
  EXPECT_EQ(config.architecture, SaeArchitecture::kTopK);
  EXPECT_EQ(config.k, 4);
  EXPECT_EQ(config.hook, "blocks.5.hook_resid_pre");
  EXPECT_EQ(config.model, "gpt2-small");
  EXPECT_EQ(config.normalization, SaeNormalization::kLayerNorm);
  EXPECT_FALSE(config.apply_b_dec_to_input);
}

// The keys of the first SAELens autoencoders of GPT-2 (gpt2-small-res-jb).
TEST(SaeConfig, TheFirstVersionsHaveOtherNamesAndTheKeysOfTheTraining) {
  const SaeConfig config = parsed(R"({
      "model_name": "gpt2-small", "hook_point": "blocks.0.hook_resid_pre",
      "hook_point_layer": 0, "hook_point_head_index": null,
      "dataset_path": "x", "is_dataset_tokenized": false, "context_size": 128,
      "use_cached_activations": false, "cached_activations_path": "y",
      "d_in": 768, "n_batches_in_buffer": 128, "total_training_tokens": 3,
      "store_batch_size": 32, "device": "mps", "seed": 42,
      "dtype": "torch.float32", "b_dec_init_method": "geometric_median",
      "expansion_factor": 32, "from_pretrained_path": null,
      "l1_coefficient": 8e-05, "lr": 0.0004, "lr_scheduler_name": null,
      "lr_warm_up_steps": 5000, "normalize_activations": false,
      "model_from_pretrained_kwargs": {"center_writing_weights": true},
      "train_batch_size": 4096, "use_ghost_grads": false, "d_sae": 24576,
      "feature_sampling_method": null, "resample_batches": 1028})");
  EXPECT_EQ(config.hook, "blocks.0.hook_resid_pre");
  EXPECT_EQ(config.architecture, SaeArchitecture::kStandard);
  EXPECT_EQ(config.normalization, SaeNormalization::kNone);
  EXPECT_TRUE(config.centre_input);
}

TEST(SaeConfig, CentredWritingWeightsChangeWhatIsWrittenAlone) {
  const auto centred = [](const std::string& hook, const std::string& value) {
    return parsed(R"({"d_in": 8, "d_sae": 32, "hook_name": "blocks.1.)" + hook +
                  R"(", "metadata": {"model_from_pretrained_kwargs":
                      {"fold_ln": true, "center_writing_weights": )" +
                  value + "}}}")
        .centre_input;
  };
  EXPECT_TRUE(centred("hook_resid_post", "true"));
  EXPECT_TRUE(centred("hook_mlp_out", "true"));
  EXPECT_FALSE(centred("mlp.hook_pre", "true"));
  EXPECT_FALSE(centred("attn.hook_z", "true"));
  EXPECT_FALSE(centred("hook_resid_post", "false"));
}

// With nothing in them but what the file cannot do without.
TEST(SaeConfig, AllKeysOfSaeLensAreKnown) {
  using Json = nlohmann::json;
  const Json versions =
      Json::parse(*read_text_file(std::string(EXCISE_SOURCE_DIR) +
                                  "/tests/golden/keys.json"))
          .at("cfg.json");
  ASSERT_GE(versions.size(), 6U);
  for (const auto& [version, places] : versions.items()) {
    Json config;
    for (const Json& key : places.at("top")) config[key] = nullptr;
    for (const Json& key : places.at("metadata"))
      config["metadata"][key] = nullptr;
    config["d_in"] = 8;
    config["d_sae"] = 32;
    config["architecture"] = "standard";
    for (const char* key : {"activation_fn", "activation_fn_str"})
      if (config.contains(key)) config[key] = "relu";
    if (config.contains("reshape_activations"))
      config["reshape_activations"] = "none";
    const auto read = parse_sae_config(config.dump(), "cfg.json");
    EXPECT_TRUE(read) << version << ": " << read.error().message;
  }
}

struct BadConfig {
  const char* name;
  const char* more;  // keys beside d_in and d_sae
  ErrorCode code;
  const char* complaint;
};

class BadSaeConfig : public testing::TestWithParam<BadConfig> {};

TEST_P(BadSaeConfig, IsRefused) {
  const std::string text =
      std::string(R"({"d_in": 8, "d_sae": 32)") + GetParam().more + "}";
  const auto config = parse_sae_config(text, "cfg.json");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, GetParam().code);
  EXPECT_THAT(config.error().message, HasSubstr(GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(
    SaeConfig, BadSaeConfig,
    testing::Values(
        BadConfig{"option", R"(, "matryoshka_widths": [1])",
                  ErrorCode::kUnsupported, "matryoshka_widths"},
        BadConfig{"near", R"(, "apply_b_dec_to_inptu": true)",
                  ErrorCode::kUnsupported, "did you mean"},
        BadConfig{"architecture", R"(, "architecture": "transcoder")",
                  ErrorCode::kUnsupported, "standard, jumprelu, topk or gated"},
        BadConfig{"norm",
                  R"(, "normalize_activations": "expected_average_only_in")",
                  ErrorCode::kUnsupported, "normalize_activations"},
        BadConfig{"activation", R"(, "activation_fn_str": "tanh-relu")",
                  ErrorCode::kUnsupported, "tanh-relu"},
        BadConfig{"scaling", R"(, "finetuning_scaling_factor": 2)",
                  ErrorCode::kBadFile, "finetuning_scaling_factor"},
        BadConfig{"kwargs",
                  R"(, "model_from_pretrained_kwargs": {"fold_everything": 1})",
                  ErrorCode::kUnsupported,
                  "model_from_pretrained_kwargs.fold_everything"},
        BadConfig{"values",
                  R"(, "hook_name": "blocks.1.attn.hook_z",
                      "metadata": {"model_from_pretrained_kwargs":
                                   {"fold_value_biases": true}})",
                  ErrorCode::kUnsupported, "fold_value_biases"},
        BadConfig{"head", R"(, "metadata": {"hook_head_index": 3})",
                  ErrorCode::kUnsupported, "hook_head_index"},
        BadConfig{"reshape", R"(, "reshape_activations": "other")",
                  ErrorCode::kUnsupported, "reshape_activations"},
        BadConfig{"metadata", R"(, "metadata": {"hook_name_out": "x"})",
                  ErrorCode::kUnsupported, "hook_name_out"},
        BadConfig{"metadata_key", R"(, "metadata": {"k": 3})",
                  ErrorCode::kUnsupported, "option metadata.k"},
        BadConfig{"metadata_list", R"(, "metadata": [1])", ErrorCode::kBadFile,
                  "metadata: expected an object"},
        BadConfig{"activation_kwargs", R"(, "activation_fn_kwargs": {"c": 1})",
                  ErrorCode::kUnsupported, "activation_fn_kwargs.c"},
        BadConfig{"rescale",
                  R"(, "architecture": "jumprelu",
                      "rescale_acts_by_decoder_norm": true)",
                  ErrorCode::kUnsupported, "rescale_acts_by_decoder_norm"},
        BadConfig{"no_k", R"(, "architecture": "topk")", ErrorCode::kBadFile,
                  "k"},
        BadConfig{"flag", R"(, "apply_b_dec_to_input": 1)", ErrorCode::kBadFile,
                  "true or false"},
        BadConfig{"size", R"(, "d_in": -1)", ErrorCode::kBadFile, "d_in"},
        BadConfig{"json", R"(, )", ErrorCode::kBadFile, "JSON"}),
    [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace excise
