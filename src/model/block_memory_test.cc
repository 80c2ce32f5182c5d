#include "model/block_memory.h"

#include <gtest/gtest.h>

#include "model/families/gpt2.h"

namespace excise {
namespace {

ModelConfig made_config() {
  return gpt2_config({.n_layers = 1, .d_model = 6, .n_heads = 2, .d_mlp = 10});
}

TEST(BlockMemory, ValuesShareWhatTheyNeverNeedTogether) {
  const ModelConfig config = made_config();
  const MemoryPlan plan = memory_plan(config);
  EXPECT_FALSE(plan[Value::kStream]);
  EXPECT_EQ(plan[Value::kNormalized], plan[Value::kZ]);
  EXPECT_EQ(plan[Value::kPre], plan[Value::kPost]);
  EXPECT_NE(plan[Value::kZ], plan[Value::kOut]);  // a product is not in place
  EXPECT_EQ(plan.widths.size(), 4U);
  for (const Value value : {Value::kNormalized, Value::kQkv, Value::kZ,
                            Value::kPre, Value::kPost, Value::kOut})
    EXPECT_EQ(plan.widths[*plan[value]], value_width(config, value));
}

TEST(BlockMemory, WhatIsLiveBehindAStep) {
  const auto steps = block_steps(made_config());
  for (size_t s = 0; s < steps.size(); ++s) {
    // Each value is read by the step that follows the one that makes it.
    if (steps[s].kind != StepKind::kAdd) {
      EXPECT_TRUE(is_live_behind(steps, s, steps[s].out)) << s;
    }
    EXPECT_FALSE(is_live_behind(steps, s, Value::kNormalized) &&
                 is_live_behind(steps, s, Value::kZ));
  }
}

TEST(BlockMemory, ViewsHaveTheRowsOfTheStream) {
  const ModelConfig config = made_config();
  Matrix<float> stream(3, config.d_model);
  BlockMemory memory;
  for (const size_t rows : {3, 1, 3}) {
    memory.resize(config, rows);
    const BlockValues values = memory.values(stream.view().row_range(0, rows));
    EXPECT_EQ(values[Value::kStream].data(), stream.data());
    EXPECT_EQ(values[Value::kQkv].rows(), rows);
    EXPECT_EQ(values[Value::kQkv].cols(), 3 * config.d_model);
  }
}

}  // namespace
}  // namespace excise
