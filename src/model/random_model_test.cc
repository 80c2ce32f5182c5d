#include "model/random_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "io/text_file.h"
#include "model/families/gpt2.h"
#include "model/model.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

ModelConfig small_config() {
  return gpt2_config(
      {.n_layers = 2, .d_model = 64, .n_heads = 4, .d_mlp = 256, .n_ctx = 32});
}

TEST(RandomModelTest, LoadsAndIsDrawnAsStated) {
  TemporaryFolder folder;
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kBF16}) {
    const auto path = folder.path() / dtype_name(dtype);
    ASSERT_TRUE(write_random_model(small_config(), dtype, 0, path, {}));
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
    EXPECT_TRUE(
        write_random_model(small_config(), DType::kF16, seed, path, {}));
    return *read_text_file(path / "model.safetensors");
  };
  const std::string first = bytes("a", 1);
  EXPECT_EQ(first, bytes("b", 1));
  EXPECT_NE(first, bytes("c", 2));
}

TEST(RandomModelTest, ExistingFolderIsNotTouched) {
  TemporaryFolder folder;
  folder.write("here/letter.txt", "keep me");
  const Status status = write_random_model(small_config(), DType::kF32, 0,
                                           folder.path() / "here", {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kBadInput);
}

TEST(RandomModelTest, UnknownPresetIsBadInput) {
  EXPECT_EQ(gpt2_preset("gpt3").error().code, ErrorCode::kBadInput);
}

}  // namespace
}  // namespace excise
