// Shares and direct effects of the wavefront against two full runs, at every
// place of every kind of block.
#include "run/effect_parts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <vector>

#include "core/random.h"
#include "model/model.h"

namespace excise {
namespace {

constexpr size_t kTokens = 6;

// Halves the value; noise at its last entries.
Status edit(size_t layer, MatrixView<const float> value,
            std::span<const Branch> branches,
            std::span<const MatrixView<float>> deltas) {
  for (size_t b = 0; b < branches.size(); ++b) {
    Random random(layer);
    for (size_t i = 0; i < value.rows(); ++i) {
      for (size_t j = 0; j < value.cols(); ++j)
        deltas[b](i, j) =
            -0.5F * value(i, j) + 0.05F * static_cast<float>(random.normal());
    }
  }
  return {};
}

std::vector<int> random_ids(size_t tokens, size_t d_vocab) {
  Random random(3);
  std::vector<int> ids;
  for (size_t t = 0; t < tokens; ++t)
    ids.push_back(static_cast<int>(random.below(d_vocab)));
  return ids;
}

std::vector<Branch> branches_everywhere(const ModelConfig& config) {
  std::vector<Branch> branches;
  for (size_t layer = 0; layer < config.n_layers; ++layer) {
    for (const HookPoint hook : kEditHooks) {
      if (hook != HookPoint::kResidPre && !has_hook(config, hook)) continue;
      for (const EffectParts parts : {EffectParts::kAll, EffectParts::kDirect})
        branches.push_back({.layer = layer, .hook = hook, .parts = parts});
    }
  }
  return branches;
}

class EffectPartsTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto model = Model::open(std::string(EXCISE_SOURCE_DIR) + "/" + GetParam());
    ASSERT_TRUE(model) << model.error().message;
    model_.emplace(std::move(*model));
    ids_ = random_ids(kTokens, model_->config.d_vocab);
    branches_ = branches_everywhere(model_->config);
  }
  ExecutorInput input() const {
    return {.config = model_->config,
            .weights = model_->weights,
            .ids = ids_,
            .branches = branches_,
            .edit = edit,
            .capture = std::nullopt};
  }

  std::optional<Model> model_;
  std::vector<int> ids_;
  std::vector<Branch> branches_;
};

void expect_near(std::span<const double> a, std::span<const double> b,
                 double tolerance, size_t branch) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i)
    ASSERT_NEAR(a[i], b[i], tolerance) << "branch " << branch << " " << i;
}

TEST_P(EffectPartsTest, AreThoseOfTwoFullRuns) {
  const auto fast = run_wavefront(input(), {}, {});
  ASSERT_TRUE(fast) << fast.error().message;
  const auto naive = run_naive(input(), {});
  ASSERT_TRUE(naive) << naive.error().message;
  constexpr double kTolerance = 2e-4;
  for (size_t b = 0; b < branches_.size(); ++b) {
    const PartsOfEffect& x = fast->effects[b].parts;
    const PartsOfEffect& y = naive->effects[b].parts;
    expect_near(x.direct, y.direct, kTolerance, b);
    expect_near(x.shares.values(), y.shares.values(), 2 * kPartsTolerance, b);
    if (branches_[b].parts == EffectParts::kDirect) {
      EXPECT_TRUE(x.shares.empty());
      continue;
    }
    EXPECT_LE(x.error, kPartsTolerance) << b;
    // Behind the last block only the edit itself is left.
    if (first_part_behind(branches_[b]) == 2 * model_->config.n_layers)
      expect_near(x.shares.row(0), fast->effects[b].delta_logprob,
                  kPartsTolerance, b);
  }
}

TEST_P(EffectPartsTest, OfPassesAndTextsAreThoseOfOne) {
  WavefrontOptions limited;
  const auto whole = run_wavefront(input(), {}, {});
  ASSERT_TRUE(whole);
  limited.memory_limit = wavefront_bytes(model_->config, model_->weights,
                                         kTokens, 2, Compute::kF32) +
                         (uint64_t{200} << 20);
  const auto parted = run_wavefront(input(), limited, {});
  ASSERT_TRUE(parted) << parted.error().message;
  ExecutorInput two = input();
  const std::vector<size_t> starts = {0, 2, kTokens};
  two.starts = starts;
  const auto of_two = run_wavefront(two, {}, {});
  ASSERT_TRUE(of_two) << of_two.error().message;
  for (size_t b = 0; b < branches_.size(); ++b) {
    const Matrix<double>& shares = whole->effects[b].parts.shares;
    expect_near(parted->effects[b].parts.shares.values(), shares.values(), 1e-4,
                b);
    for (size_t t = 0; t < 2 && !shares.empty(); ++t) {
      for (size_t p = 0; p < shares.rows(); ++p)
        ASSERT_NEAR(of_two->effects[b].parts.shares(p, t), shares(p, t), 2e-3);
      // What comes first in a text is predicted by nothing.
      EXPECT_EQ(of_two->effects[b].parts.shares(0, 2), 0);
    }
  }
}

TEST_P(EffectPartsTest, OfAnEditThatDoesNothingAreZero) {
  ExecutorInput none = input();
  none.edit = [](size_t, MatrixView<const float>, std::span<const Branch>,
                 std::span<const MatrixView<float>> deltas) -> Status {
    for (const MatrixView<float>& delta : deltas) {
      for (size_t i = 0; i < delta.rows(); ++i)
        std::ranges::fill(delta.row(i), 0.0F);
    }
    return {};
  };
  const auto output = run_wavefront(none, {}, {});
  ASSERT_TRUE(output);
  for (const BranchEffect& effect : output->effects) {
    for (const double d : effect.parts.direct) EXPECT_EQ(d, 0);
    for (const double share : effect.parts.shares.values()) EXPECT_EQ(share, 0);
  }
}

// Where there are requests the parts are of them: also of tokens that do not
// come next, several at a row, and of a text's last row.
TEST_P(EffectPartsTest, OfRequestsAreThoseOfTwoFullRuns) {
  const std::vector<PredictionRequest> requests = {
      {1, ids_[2]}, {kTokens - 1, ids_[0]}, {kTokens - 1, ids_[1]}};
  ExecutorInput asked = input();
  asked.requests = requests;
  const auto fast = run_wavefront(asked, {}, {});
  ASSERT_TRUE(fast) << fast.error().message;
  const auto naive = run_naive(asked, {});
  ASSERT_TRUE(naive) << naive.error().message;
  const auto of_tokens = run_wavefront(input(), {}, {});
  for (size_t b = 0; b < branches_.size(); ++b) {
    const PartsOfEffect& x = fast->effects[b].parts;
    const PartsOfEffect& y = naive->effects[b].parts;
    ASSERT_EQ(x.direct.size(), requests.size());
    expect_near(x.direct, y.direct, 2e-4, b);
    expect_near(x.shares.values(), y.shares.values(), 2 * kPartsTolerance, b);
    const PartsOfEffect& next = of_tokens->effects[b].parts;
    EXPECT_NEAR(x.direct[0], next.direct[2], 1e-6);
    if (branches_[b].parts == EffectParts::kDirect) continue;
    EXPECT_LE(x.error, kPartsTolerance) << b;
    for (size_t p = 0; p < x.shares.rows(); ++p)
      ASSERT_NEAR(x.shares(p, 0), next.shares(p, 2), 1e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, EffectPartsTest,
    testing::Values("tests/families/references/gpt2",
                    // A cap of logits and norms behind, blocks in parallel, a
                    // scale of the residual and of logits, norms only behind.
                    "tests/families/references/gemma2",
                    "tests/families/references/gpt_neox",
                    "tests/families/references/granite",
                    "tests/families/references/olmo2"),
    [](const auto& model) {
      std::string name = model.param;
      std::ranges::replace_if(
          name, [](char c) { return !std::isalnum(c); }, '_');
      return name;
    });

}  // namespace
}  // namespace excise
