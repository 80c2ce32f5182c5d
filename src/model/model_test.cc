// Loading: config, tensors, weights, and where models lie.
#include "model/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "io/text_file.h"
#include "model/architecture/generation_config.h"
#include "model/forward.h"
#include "model/tensor_table.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

const fs::path kSource = EXCISE_SOURCE_DIR;

TEST(ModelTest, GoldenModelsHaveTheirConfigs) {
  const auto tiny = Model::open(kSource / "tests/golden/tiny-gpt2");
  ASSERT_TRUE(tiny) << tiny.error().message;
  EXPECT_EQ(tiny->config.d_mlp, 4 * tiny->config.d_model);
  EXPECT_EQ(tiny->weights.dtype(), DType::kF32);
  EXPECT_FALSE(tiny->tokenizer);
  const auto odd = Model::open(kSource / "tests/golden/tiny-gpt2-odd");
  ASSERT_TRUE(odd) << odd.error().message;
  EXPECT_EQ(odd->config.d_mlp, 100U);
  EXPECT_EQ(odd->config.architecture.activation, Activation::kRelu);
  EXPECT_FLOAT_EQ(odd->config.attention_shape(1).scale,
                  odd->config.attention_shape(0).scale / 2);
  EXPECT_FALSE(odd->config.tie_word_embeddings);
  EXPECT_FLOAT_EQ(odd->config.architecture.norm_epsilon, 1e-4F);
  EXPECT_EQ(odd->weights.dtype(), DType::kBF16);
  EXPECT_EQ(odd->weights.unembedding().name, "lm_head.weight");
}

// A copy of tiny-gpt2 that a test may spoil.
class SpoiledModelTest : public testing::Test {
 protected:
  void SetUp() override {
    const fs::path tiny = kSource / "tests/golden/tiny-gpt2";
    config_ = json::parse(*read_text_file(tiny / "config.json"));
    const auto file = TensorFile::open(tiny / "model.safetensors");
    ASSERT_TRUE(file);
    for (const StoredTensor& tensor : file->tensors()) {
      const auto values = tensor.as_float_view();
      tensors_[tensor.name] = {
          tensor.shape,
          {values->data(), values->data() + values->rows() * values->cols()}};
    }
  }
  Result<Model> open() {
    TensorWriter writer;
    for (const auto& [name, tensor] : tensors_) {
      writer.add(name, tensor.shape, tensor.values);
    }
    EXPECT_TRUE(writer.write(folder_.path() / "model.safetensors"));
    folder_.write("config.json", config_.dump());
    return Model::open(folder_.path());
  }
  void expect_error(ErrorCode code, const std::string& message) {
    const auto model = open();
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().code, code) << model.error().message;
    EXPECT_THAT(model.error().message, HasSubstr(message));
  }

  struct Tensor {
    std::vector<size_t> shape;
    std::vector<float> values;
  };
  json config_;
  std::map<std::string, Tensor> tensors_;
  TemporaryFolder folder_;
};

constexpr const char* kWIn = "transformer.h.2.mlp.c_fc.weight";

TEST_F(SpoiledModelTest, NamesMayLackThePrefix) {
  std::map<std::string, Tensor> bare;
  for (auto& [name, tensor] : tensors_) {
    bare[name.substr(name.find('.') + 1)] = tensor;
  }
  ASSERT_TRUE(open());
  tensors_ = bare;
  const auto model = open();
  ASSERT_TRUE(model) << model.error().message;
}

TEST_F(SpoiledModelTest, OldBuffersAndATiedHeadMayBeThere) {
  tensors_["transformer.h.0.attn.bias"] = {{1, 1, 1, 1}, {1}};
  tensors_["transformer.h.0.attn.masked_bias"] = {{1}, {-1e4F}};
  tensors_["lm_head.weight"] = tensors_["transformer.wte.weight"];
  EXPECT_TRUE(open());
}

TEST_F(SpoiledModelTest, AMissingTensorIsNamed) {
  tensors_.erase(kWIn);
  expect_error(ErrorCode::kBadFile, kWIn);
}

TEST_F(SpoiledModelTest, AnExtraTensorIsNamed) {
  tensors_["transformer.h.9.ln_1.bias"] = {{1}, {0}};
  expect_error(ErrorCode::kBadFile, "transformer.h.9.ln_1.bias");
}

TEST_F(SpoiledModelTest, AMisshapenTensorIsNamed) {
  tensors_[kWIn].shape = {192, 48};
  expect_error(ErrorCode::kBadFile, "expected shape [48, 192], got [192, 48]");
}

TEST_F(SpoiledModelTest, NanIsNamedWhenTheLayerIsUsed) {
  tensors_[kWIn].values[100] = NAN;
  const auto model = open();
  ASSERT_TRUE(model);
  EXPECT_TRUE(model->weights.layer(1));
  const auto layer = model->weights.layer(2);
  ASSERT_FALSE(layer);
  EXPECT_EQ(layer.error().code, ErrorCode::kBadFile);
  EXPECT_THAT(layer.error().message,
              HasSubstr(std::string(kWIn) + ": expected finite numbers"));
  EXPECT_THAT(layer.error().message, HasSubstr("element 100"));
}

// A page that is lost while a product reads it must not spoil the heap.
TEST(WeightsTest, ALayerIsReadWithAStackForSignals) {
  const auto model = Model::open(kSource / "tests/golden/tiny-gpt2");
  ASSERT_TRUE(model);
  std::thread([&] {
    ASSERT_TRUE(model->weights.layer(0));
    stack_t now = {};
    ASSERT_EQ(sigaltstack(nullptr, &now), 0);
    EXPECT_EQ(now.ss_flags & SS_DISABLE, 0);
  }).join();
}

TEST_F(SpoiledModelTest, AbsurdConfigsAreRefused) {
  const json good = config_;
  const std::vector<std::pair<const char*, json>> lies = {
      {"n_layer", 0},
      {"n_layer", -1},
      {"n_layer", 1e18},
      {"n_layer", "12"},
      {"n_layer", 1.5},
      {"n_layer", nullptr},
      {"n_embd", 1ULL << 63},
      {"n_embd", 50},
      {"n_head", 0},
      {"n_positions", -5},
      {"vocab_size", 1 << 30},
      {"layer_norm_epsilon", -1},
      {"layer_norm_epsilon", "x"},
      {"scale_attn_weights", 1},
      {"tie_word_embeddings", "yes"}};
  for (const auto& [key, value] : lies) {
    config_ = good;
    config_[key] = value;
    SCOPED_TRACE(std::string(key) + " = " + value.dump());
    expect_error(ErrorCode::kBadFile, key);
  }
  folder_.write("config.json", "{nonsense");
  EXPECT_EQ(Model::open(folder_.path()).error().code, ErrorCode::kBadFile);
}

TEST_F(SpoiledModelTest, OptionsThatWouldChangeTheNumbersAreRefused) {
  const json good = config_;
  const std::vector<std::pair<const char*, json>> options = {
      {"model_type", "mamba"},
      {"activation_function", "quick_gelu"},
      {"add_cross_attention", true},
      {"quantization_config", {{"bits", 4}}},
      {"pruned_heads", {{"1", {0}}}}};
  for (const auto& [key, value] : options) {
    config_ = good;
    config_[key] = value;
    expect_error(ErrorCode::kUnsupported, key);
  }
}

TEST_F(SpoiledModelTest, AnAdapterIsNoModel) {
  ASSERT_TRUE(open());
  folder_.write("adapter_config.json", "{}");
  expect_error(ErrorCode::kUnsupported, "adapter_config.json");
}

TEST_F(SpoiledModelTest, KeysHaveTheNamesThatGpt2ConfigTakes) {
  for (const auto& [own, alias] :
       std::vector<std::pair<const char*, const char*>>{
           {"n_embd", "hidden_size"},
           {"n_layer", "num_hidden_layers"},
           {"n_head", "num_attention_heads"},
           {"n_positions", "max_position_embeddings"}}) {
    config_[alias] = config_[own];
    EXPECT_TRUE(open()) << alias << " beside";
    const json value = config_[own];
    config_[own] = 3;
    expect_error(ErrorCode::kBadFile, alias);
    config_.erase(own);
    const auto model = open();
    EXPECT_TRUE(model) << model.error().message;
    config_.erase(alias);
    config_[own] = value;
  }
}

TEST_F(SpoiledModelTest, WhatIsDroppedIsCompared) {
  const auto tensors = tensors_;
  tensors_["lm_head.weight"] = tensors_["transformer.wte.weight"];
  EXPECT_TRUE(open());
  tensors_["lm_head.weight"].values[500] += 1;
  expect_error(ErrorCode::kBadFile,
               "lm_head.weight: expected the values of transformer.wte.weight");
  tensors_ = tensors;
  tensors_["transformer.h.0.attn.bias"] = {{1, 1, 2, 2}, {1, 0, 1, 1}};
  EXPECT_TRUE(open());
  tensors_["transformer.h.0.attn.bias"] = {{1, 1, 2, 2}, {1, 1, 1, 1}};
  expect_error(ErrorCode::kBadFile, "attn.bias: expected a causal mask");
  tensors_ = tensors;
  tensors_["transformer.h.0.attn.masked_bias"] = {{1}, {-1}};
  expect_error(ErrorCode::kBadFile, "masked_bias");
  tensors_ = tensors;
  tensors_["transformer.h.0.attn.bias"] = {{1, 1, 2, 3}, {1, 0, 0, 1, 1, 0}};
  expect_error(ErrorCode::kBadFile, "got [1, 1, 2, 3]");
  tensors_ = tensors;
  tensors_["transformer.h.9.attn.bias"] = {{1, 1, 1, 1}, {1}};
  expect_error(ErrorCode::kBadFile, "transformer.h.9.attn.bias");
}

TEST(ConfigTest, FilesOfTheFirstYearsHaveNCtxAlone) {
  EXPECT_EQ(parse_config(R"({"n_ctx": 64})", "c")->n_ctx, 64U);
  EXPECT_EQ(parse_config(R"({"n_ctx": null})", "c")->n_ctx, 1024U);
  // Nobody reads it beside n_positions.
  const auto both = parse_config(R"({"n_ctx": 0, "n_positions": 32})", "c");
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_EQ(both->n_ctx, 32U);
  EXPECT_FALSE(parse_config(R"({"n_ctx": 0})", "c"));
  // A key of over 60 bytes is cut between characters.
  std::string key = "x";
  for (int i = 0; i < 40; ++i) key += "\u00E9";
  const auto notes = parse_config("{\"" + key + "\": 1}", "c")->notes;
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_FALSE(first_invalid_utf8(notes.front()));
}

TEST_F(SpoiledModelTest, WrappersAndOtherHeadsAreToldAsNotes) {
  std::map<std::string, Tensor> wrapped;
  for (const auto& [name, tensor] : tensors_)
    wrapped["module._orig_mod." + name] = tensor;
  wrapped["module._orig_mod.lm_head.weight"] =
      wrapped["module._orig_mod.transformer.wte.weight"];
  wrapped.erase("module._orig_mod.transformer.wte.weight");
  wrapped["module._orig_mod.v_head.summary.weight"] = {{1, 2}, {0, 0}};
  tensors_ = wrapped;
  config_["alibi"] = true;
  const auto model = open();
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_THAT(model->config.notes,
              testing::UnorderedElementsAre(
                  HasSubstr("alibi"), HasSubstr("is the embedding too"),
                  HasSubstr("v_head.summary.weight"),
                  HasSubstr("module._orig_mod.transformer.")));
  EXPECT_TRUE(model->weights.layer(0));
  tensors_.clear();
  tensors_["net.wte.weight"] = {{1}, {0}};
  expect_error(ErrorCode::kBadFile, "net.wte.weight");
}

TEST(ConfigTest, TextsEndWhereGenerationConfigSays) {
  ModelConfig config = *parse_config(
      R"({"vocab_size": 100, "eos_token_id": [7, 99, 100]})", "c");
  EXPECT_EQ(config.end_of_text, (std::vector<int>{7, 99}));
  EXPECT_EQ(config.n_layers, 12U);
  take_generation_config(R"({"eos_token_id": 3})", config);
  EXPECT_TRUE(config.ends_text(3));
  EXPECT_FALSE(config.ends_text(7));
  take_generation_config("no JSON", config);
  EXPECT_TRUE(config.ends_text(3));
  take_generation_config("{}", config);
  EXPECT_TRUE(config.end_of_text.empty());
}

TEST(ConfigTest, EveryActivationIsHonoured) {
  for (const auto& [name, activation] :
       std::vector<std::pair<const char*, Activation>>{
           {"gelu_new", Activation::kGeluTanh},
           {"gelu_pytorch_tanh", Activation::kGeluTanh},
           {"gelu_fast", Activation::kGeluTanh},
           {"gelu_accurate", Activation::kGeluTanh},
           {"gelu", Activation::kGelu},
           {"gelu_python", Activation::kGelu},
           {"relu", Activation::kRelu},
           {"silu", Activation::kSilu}}) {
    const json config = {{"n_layer", 1},     {"n_embd", 8},
                         {"n_head", 2},      {"n_positions", 4},
                         {"vocab_size", 16}, {"activation_function", name}};
    const auto parsed = parse_config(config.dump(), "config.json");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->architecture.activation, activation);
  }
}

TEST(ConfigTest, AttentionScaleHonoursItsOptions) {
  json config = {{"n_embd", 64}, {"n_head", 4}};
  const auto scale = [&config] {
    return parse_config(config.dump(), "config.json")->attention_shape(3).scale;
  };
  EXPECT_FLOAT_EQ(scale(), 0.25F);
  config["scale_attn_by_inverse_layer_idx"] = true;
  EXPECT_FLOAT_EQ(scale(), 0.0625F);
  config["scale_attn_weights"] = false;
  EXPECT_FLOAT_EQ(scale(), 0.25F);
}

TEST(LocateTest, PicklesAreRefusedWithTheCommandThatConverts) {
  TemporaryFolder folder;
  folder.write("pytorch_model.bin", "x");
  folder.write("config.json", "{}");
  const auto model = Model::open(folder.path());
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(model.error().message, HasSubstr("save_pretrained"));
}

TEST(LocateTest, HubIdsAreFoundInTheCache) {
  TemporaryFolder cache;
  cache.write("models--openai-community--gpt2/refs/main", "abc123\n");
  cache.write("models--openai-community--gpt2/snapshots/abc123/config.json",
              "{}");
  setenv("HF_HUB_CACHE", cache.path().c_str(), 1);
  for (const char* id : {"openai-community/gpt2", "gpt2"}) {
    const auto folder = locate_model(id);
    ASSERT_TRUE(folder) << folder.error().message;
    EXPECT_EQ(folder->filename(), "abc123");
  }
  const auto absent = locate_model("gpt2-xl");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(absent.error().message,
              HasSubstr("download openai-community/gpt2-xl"));
  // A reference that leaves the cache is no snapshot.
  cache.write("models--evil--model/refs/main", "../../..");
  EXPECT_FALSE(locate_model("evil/model"));
  unsetenv("HF_HUB_CACHE");
}

TEST(LocateTest, FilesMeanTheirFolderAndBakerIsBundled) {
  const fs::path tiny = kSource / "tests/golden/tiny-gpt2";
  EXPECT_EQ(*locate_model((tiny / "model.safetensors").string()), tiny);
  const auto baker = locate_model("baker-7m");
  ASSERT_TRUE(baker);
  EXPECT_TRUE(fs::exists(*baker / "model.safetensors"));
  EXPECT_EQ(locate_model("no such folder!").error().code, ErrorCode::kBadInput);
}

}  // namespace
}  // namespace excise
