#include "model/random_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "io/text_file.h"
#include "model/families/families.h"
#include "model/families/gpt2.h"
#include "model/families/presets.h"
#include "model/model.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

std::string small_config(DType dtype) {
  return gpt2_config_json(gpt2_config({.n_layers = 2,
                                       .d_model = 64,
                                       .n_heads = 4,
                                       .d_mlp = 256,
                                       .n_ctx = 32}),
                          dtype);
}

TEST(RandomModelTest, LoadsAndIsDrawnAsStated) {
  TemporaryFolder folder;
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kBF16}) {
    const auto path = folder.path() / dtype_name(dtype);
    ASSERT_TRUE(write_random_model(small_config(dtype), dtype, 0, path, {}));
    const auto model = Model::open(path);
    ASSERT_TRUE(model) << model.error().message;
    EXPECT_EQ(model->weights.dtype(), dtype);
    ASSERT_TRUE(model->tokenizer);
    const auto w = model->weights.layer(1);
    ASSERT_TRUE(w);
    EXPECT_EQ((*w)[Slot::kNorm1].weight(0, 5), 1.0F);
    EXPECT_EQ((*w)[Slot::kIn].bias(0, 5), 0.0F);
    const auto deviation = [](MatrixView<const float> m) {
      double squares = 0;
      for (size_t i = 0; i < m.rows(); ++i) {
        for (const float value : m.row(i)) squares += double{value} * value;
      }
      return std::sqrt(squares / static_cast<double>(m.rows() * m.cols()));
    };
    EXPECT_NEAR(deviation((*w)[Slot::kIn].weight), 0.02, 5e-4);
    EXPECT_NEAR(deviation((*w)[Slot::kOut].weight), 0.01,
                3e-4);  // 0.02 / sqrt(2 * 2)
  }
}

TEST(RandomModelTest, SameSeedSameBytes) {
  TemporaryFolder folder;
  const auto bytes = [&](const char* name, uint64_t seed) {
    const auto path = folder.path() / name;
    EXPECT_TRUE(write_random_model(small_config(DType::kF16), DType::kF16, seed,
                                   path, {}));
    return *read_text_file(path / "model.safetensors");
  };
  const std::string first = bytes("a", 1);
  EXPECT_EQ(first, bytes("b", 1));
  EXPECT_NE(first, bytes("c", 2));
}

TEST(RandomModelTest, ExistingFolderIsNotTouched) {
  TemporaryFolder folder;
  folder.write("here/letter.txt", "keep me");
  const Status status = write_random_model(
      small_config(DType::kF32), DType::kF32, 0, folder.path() / "here", {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kBadInput);
}

TEST(RandomModelTest, UnknownPresetIsBadInput) {
  EXPECT_EQ(preset_config("gpt3", DType::kF32).error().code,
            ErrorCode::kBadInput);
}

TEST(RandomModelTest, EveryPresetIsOfAFamily) {
  for (const std::string_view name : preset_names()) {
    const auto text = preset_config(name, DType::kBF16);
    ASSERT_TRUE(text) << name;
    const auto config = parse_config(*text, "config.json");
    ASSERT_TRUE(config) << name << ": " << config.error().message;
    EXPECT_TRUE(config->notes.empty()) << name << ": " << config->notes[0];
  }
}

TEST(RandomModelTest, ASmallerVocabularyHasTheEntriesThatCameFirst) {
  TemporaryFolder folder;
  const std::string config = gpt2_config_json(gpt2_config({.n_layers = 1,
                                                           .d_model = 8,
                                                           .n_heads = 1,
                                                           .d_mlp = 8,
                                                           .n_ctx = 8,
                                                           .d_vocab = 1000}),
                                              DType::kF32);
  ASSERT_TRUE(
      write_random_model(config, DType::kF32, 0, folder.path() / "m", {}));
  const auto model = Model::open(folder.path() / "m");
  ASSERT_TRUE(model) << model.error().message;
  const std::string text = "The knowledge of the whole";
  const auto ids = model->tokenizer->encode(text);
  ASSERT_TRUE(ids);
  for (const int id : *ids) EXPECT_LT(id, 999);
  EXPECT_EQ(*model->tokenizer->decode(*ids), text);
}

// Gemma's norms multiply by 1 + their weight; a matrix of one row is none.
TEST(RandomModelTest, AMatrixOfOneRowIsNoNorm) {
  TemporaryFolder folder;
  const std::string config = R"({"model_type": "gemma", "hidden_size": 8,
      "num_attention_heads": 1, "num_key_value_heads": 1, "head_dim": 4,
      "num_hidden_layers": 1, "intermediate_size": 1, "vocab_size": 300})";
  const auto path = folder.path() / "m";
  ASSERT_TRUE(write_random_model(config, DType::kF32, 0, path, {}));
  const auto model = Model::open(path);
  ASSERT_TRUE(model) << model.error().message;
  const auto layer = model->weights.layer(0);
  ASSERT_TRUE(layer);
  const StoredTensor& gate = model->weights.slot(0, Slot::kGate).weight.front();
  ASSERT_EQ((*layer)[Slot::kGate].weight.rows(), 1U);
  EXPECT_EQ((*layer)[Slot::kGate].weight(0, 3), (*gate.to_double())(0, 3));
  EXPECT_EQ((*layer)[Slot::kNorm1].weight(0, 3), 1.0F);
}

}  // namespace
}  // namespace excise
