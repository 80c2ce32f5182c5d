#include "model/gguf/gguf_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <optional>
#include <string>

#include "model/architecture/family.h"
#include "testing/made_gguf.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;

// A llama of 8 columns in two heads, in which a test may change one key.
class GgufConfigTest : public testing::Test {
 protected:
  MadeGguf llama(const std::string& without = {}) {
    MadeGguf made;
    made.text("general.architecture", "llama");
    const auto whole = [&](const char* key, uint32_t value) {
      if (key != without) made.whole(std::string("llama.") + key, value);
    };
    whole("block_count", 2);
    whole("embedding_length", 8);
    whole("feed_forward_length", 12);
    whole("attention.head_count", 2);
    whole("context_length", 64);
    if (without != "attention.layer_norm_rms_epsilon")
      made.number("llama.attention.layer_norm_rms_epsilon", 1e-5F);
    made.tensor("token_embd.weight", {8, 5}, 0, std::string(5 * 8 * 4, '\0'));
    return made;
  }
  Result<ModelConfig> read(const MadeGguf& made) {
    file_ = *open_gguf(folder_.write("x.gguf", made.bytes()));
    return read_gguf_config(*file_);
  }
  void expect_refused(const MadeGguf& made, ErrorCode code,
                      const char* message) {
    const auto config = read(made);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().code, code);
    EXPECT_THAT(config.error().message, HasSubstr(message));
  }
  TemporaryFolder folder_;
  std::optional<GgufFile> file_;
};

TEST_F(GgufConfigTest, KeysAreThoseOfLlamaCpp) {
  const auto config = read(llama());
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->family->name, "Llama");
  EXPECT_EQ(config->d_vocab, 5U);
  EXPECT_EQ(config->n_kv_heads, 2U);
  EXPECT_TRUE(config->tie_word_embeddings);
  EXPECT_TRUE(config->notes.empty());
  const Rotary& rotary = config->architecture.rotaries.at(0);
  EXPECT_EQ(rotary.pairs, RotaryPairs::kHalves);
  EXPECT_TRUE(config->stores_pairs());
  EXPECT_THAT(rotary.inverse_frequencies,
              ElementsAre(1, DoubleNear(0.01, 1e-12)));  // 10000 by default
}

TEST_F(GgufConfigTest, FrequenciesAreDividedByTheFileSFactors) {
  const auto config = read(llama().tensor(
      "rope_freqs.weight", {2}, 0, as_bytes_of(2.0F) + as_bytes_of(8.0F)));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->architecture.rotaries.at(0).inverse_frequencies,
              ElementsAre(0.5, DoubleNear(0.01 / 8, 1e-12)));
  expect_refused(llama().tensor("rope_freqs.weight", {1}, 0, as_bytes_of(2.0F)),
                 ErrorCode::kBadFile, "expected 2 positive numbers");
  expect_refused(llama().tensor("rope_freqs.weight", {2}, 0,
                                as_bytes_of(2.0F) + as_bytes_of(-8.0F)),
                 ErrorCode::kBadFile, "expected 2 positive numbers");
}

// llama.cpp multiplies what yarn makes of its factor by the file's.
TEST_F(GgufConfigTest, ScalingsOfRotaryPositions) {
  const auto yarn = read(llama()
                             .text("llama.rope.scaling.type", "yarn")
                             .number("llama.rope.scaling.factor", 4)
                             .number("llama.rope.scaling.attn_factor", 0.5F));
  ASSERT_TRUE(yarn) << yarn.error().message;
  EXPECT_NEAR(yarn->architecture.rotaries.at(0).magnitude,
              0.5 * (1 + 0.1 * std::log(4.0)), 1e-9);
  const auto linear = read(llama().number("llama.rope.scale_linear", 2));
  ASSERT_TRUE(linear);
  EXPECT_THAT(linear->architecture.rotaries.at(0).inverse_frequencies,
              ElementsAre(0.5, DoubleNear(0.005, 1e-12)));
  const auto none = read(llama()
                             .text("llama.rope.scaling.type", "none")
                             .number("llama.rope.scaling.factor", 2));
  ASSERT_TRUE(none);
  EXPECT_EQ(none->architecture.rotaries.at(0).inverse_frequencies.at(0), 1);
  expect_refused(llama().text("llama.rope.scaling.type", "longrope"),
                 ErrorCode::kUnsupported, "none, linear or yarn");
}

TEST_F(GgufConfigTest, AListOfEqualSizesIsOne) {
  const auto config = read(llama("attention.head_count")
                               .wholes("llama.attention.head_count", {2, 2}));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->n_heads, 2U);
  expect_refused(llama("attention.head_count")
                     .wholes("llama.attention.head_count", {2, 4}),
                 ErrorCode::kUnsupported, "the same in every layer");
}

TEST_F(GgufConfigTest, LiesAreRefused) {
  for (const char* key :
       {"block_count", "embedding_length", "feed_forward_length",
        "attention.head_count", "context_length",
        "attention.layer_norm_rms_epsilon"}) {
    expect_refused(llama(key), ErrorCode::kBadFile, key);
  }
  expect_refused(llama("block_count").whole("llama.block_count", 0),
                 ErrorCode::kBadFile, "block_count: expected 1 or more, got 0");
  expect_refused(llama("block_count").whole("llama.block_count", UINT32_MAX),
                 ErrorCode::kBadFile, "block_count");
  expect_refused(llama().whole("llama.rope.dimension_count", 2),
                 ErrorCode::kUnsupported, "expected 4, the width of a head");
  expect_refused(llama().whole("llama.attention.key_length", 3),
                 ErrorCode::kBadFile, "an even number of the 3 columns");
  expect_refused(llama().whole("llama.expert_count", 8),
                 ErrorCode::kUnsupported, "mixtures of experts");
  MadeGguf other;
  expect_refused(other.text("general.architecture", "mamba"),
                 ErrorCode::kUnsupported,
                 "expected gpt2, gptneox, llama, qwen2, qwen3, gemma, gemma2, "
                 "gemma3, got \"mamba\"");
}

}  // namespace
}  // namespace excise
