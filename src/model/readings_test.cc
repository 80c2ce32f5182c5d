#include "model/readings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "model/forward.h"
#include "model/model.h"

namespace excise {
namespace {

using testing::HasSubstr;

class ReadingsTest : public testing::Test {
 protected:
  // Name -> value, of all that this name means, beside an edit.
  Result<std::map<std::string, Matrix<float>>> read(
      const std::string& name, std::span<const Hook> hooks = {}) {
    std::map<std::string, Matrix<float>> values;
    const Reader reader{name, [&](const HookSite& site, Matrix<float> value) {
                          values[hook_name(site)] = std::move(value);
                          return Status();
                        }};
    const auto output = run_forward(model_.config, model_.weights, ids_, hooks,
                                    {}, {&reader, 1});
    if (!output) return tl::unexpected(output.error());
    return values;
  }

  Model model_ =
      *Model::open(std::string(EXCISE_SOURCE_DIR) + "/tests/golden/tiny-gpt2");
  const std::vector<int> ids_ = {1, 2, 3, 4, 5};
};

TEST_F(ReadingsTest, AStarIsEveryLayer) {
  const auto patterns = read("blocks.*.attn.hook_pattern");
  ASSERT_TRUE(patterns) << patterns.error().message;
  EXPECT_EQ(patterns->size(), model_.config.n_layers);
  for (const auto& [name, pattern] : *patterns) {
    EXPECT_EQ(pattern.rows(), model_.config.n_heads * ids_.size()) << name;
    EXPECT_EQ(pattern.cols(), ids_.size()) << name;
  }
}

TEST_F(ReadingsTest, ModulesOfTransformersNameThem) {
  for (const auto& [module, hook] :
       {std::pair("transformer.wte", "hook_embed"), {"wpe", "hook_pos_embed"}})
    EXPECT_EQ(read(module).value().begin()->first, hook);
}

TEST_F(ReadingsTest, WhatIsReadIsBehindTheEdits) {
  const Hook edit{"blocks.1.hook_mlp_out",
                  [](const HookSite&, MatrixView<float> value) {
                    for (size_t t = 0; t < value.rows(); ++t)
                      std::ranges::fill(value.row(t), 0.25F);
                    return Status();
                  }};
  const auto edited = read("blocks.1.hook_mlp_out", {&edit, 1});
  for (const float value : edited->begin()->second.values())
    EXPECT_EQ(value, 0.25F);
  EXPECT_NE(
      read("blocks.2.ln1.hook_scale", {&edit, 1})->begin()->second.values()[0],
      read("blocks.2.ln1.hook_scale")->begin()->second.values()[0]);
}

TEST_F(ReadingsTest, APassMayStopBeforeABlock) {
  const size_t n_layers = model_.config.n_layers;
  for (const size_t stop_at : {size_t{0}, size_t{2}, n_layers}) {
    size_t reached = 0;
    const Reader reader{"blocks.*.hook_resid_pre",
                        [&](const HookSite&, const Matrix<float>&) {
                          ++reached;
                          return Status();
                        }};
    const auto output = run_forward(model_.config, model_.weights, ids_, {}, {},
                                    {&reader, 1}, stop_at);
    ASSERT_TRUE(output);
    EXPECT_EQ(reached, stop_at);
    EXPECT_TRUE(output->normalized.empty());
    const std::string name =
        stop_at < n_layers ? hook_name({HookPoint::kResidPre, stop_at})
                           : hook_name({HookPoint::kResidPost, n_layers - 1});
    const auto want = read(name);
    EXPECT_TRUE(std::ranges::equal(output->resid_final.values(),
                                   want->at(name).values()));
  }
}

TEST_F(ReadingsTest, AReadersErrorEndsThePass) {
  for (const char* name :
       {"hook_embed", "blocks.1.ln2.hook_scale", "blocks.0.attn.hook_q",
        "blocks.2.attn.hook_pattern", "blocks.3.hook_resid_post",
        "ln_final.hook_scale", "ln_final.hook_normalized"}) {
    const Reader reader{
        name, [](const HookSite&, const Matrix<float>&) {
          return Status(fail(ErrorCode::kBadInput, {.where = "this test"}));
        }};
    const auto output =
        run_forward(model_.config, model_.weights, ids_, {}, {}, {&reader, 1});
    ASSERT_FALSE(output) << name;
    EXPECT_THAT(output.error().message, HasSubstr("this test"));
  }
}

TEST_F(ReadingsTest, WhatIsOnlyReadIsNotEdited) {
  const Hook edit{"blocks.1.attn.hook_pattern",
                  [](const HookSite&, MatrixView<float>) { return Status(); }};
  const auto output =
      run_forward(model_.config, model_.weights, ids_, {&edit, 1}, {});
  ASSERT_FALSE(output);
  EXPECT_THAT(output.error().message, HasSubstr("only read"));
  EXPECT_THAT(output.error().message, HasSubstr("blocks.*.mlp.hook_post"));
}

TEST_F(ReadingsTest, WhatAModelLacksIsSaidByName) {
  for (const char* name :
       {"blocks.1.attn.hook_rot_q", "blocks.*.ln1_post.hook_scale",
        "blocks.0.mlp.hook_pre_linear"}) {
    const auto values = read(name);
    ASSERT_FALSE(values) << name;
    EXPECT_THAT(values.error().message, HasSubstr("GPT-2 does not have"));
  }
  EXPECT_THAT(read("blocks.1.attn.hook_patern").error().message,
              HasSubstr("did you mean blocks.1.attn.hook_pattern"));
  EXPECT_THAT(read("blocks.9.attn.hook_pattern").error().message,
              HasSubstr("layers 0 to 3"));
}

TEST_F(ReadingsTest, PatternsBeyondTheLimitAreRefusedBeforeTheyAreMade) {
  const auto nothing = [](const HookSite&, const Matrix<float>&) {
    return Status();
  };
  const std::vector<Reader> readers = {
      {"blocks.*.attn.hook_pattern", nothing},
      {"blocks.0.attn.hook_attn_scores", nothing},
      {"blocks.*.attn.hook_q", nothing}};
  const ModelConfig& config = model_.config;
  const size_t tokens = 1000;
  const size_t bytes =
      (config.n_layers + 1) * config.n_heads * tokens * tokens * sizeof(float);
  EXPECT_TRUE(Readings::resolve(readers, config, tokens, bytes));
  const auto refused = Readings::resolve(readers, config, tokens, bytes - 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kOutOfMemory);
  EXPECT_THAT(refused.error().message,
              HasSubstr("blocks.0.attn.hook_pattern and 4 more"));
  // Without overflow, however long.
  EXPECT_FALSE(Readings::resolve(readers, config, size_t{1} << 40));
}

}  // namespace
}  // namespace excise
