// Where effects arise, against PyTorch in double precision: what make_parts.py
// wrote, with ten times the error of its float32 run.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "io/safetensors.h"
#include "model/model.h"
#include "run/executor.h"

namespace excise {
namespace {

const std::filesystem::path kReferences =
    std::filesystem::path(EXCISE_FAMILIES_TESTS_DIR) / "references";

// mlp.hook_post times KEPT of make_parts.py.
Status multiply(size_t, MatrixView<const float> value,
                std::span<const Branch> branches,
                std::span<const MatrixView<float>> deltas) {
  constexpr float kKept = -0.5F;
  for (size_t b = 0; b < branches.size(); ++b) {
    for (size_t t = 0; t < value.rows(); ++t) {
      for (size_t j = 0; j < value.cols(); ++j)
        deltas[b](t, j) = (kKept - 1) * value(t, j);
    }
  }
  return {};
}

class FamilyPartsTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const auto folder = kReferences / GetParam();
    auto model = Model::open(folder);
    ASSERT_TRUE(model) << model.error().message;
    model_.emplace(std::move(*model));
    parts_.emplace(*TensorFile::open(folder / "parts.safetensors"));
    const auto reference = TensorFile::open(folder / "reference.safetensors");
    const auto ids = (*reference->get("ids"))->to_double();
    for (const double id : ids->values()) ids_.push_back(static_cast<int>(id));
    for (size_t l = 0; l < model_->config.n_layers; ++l)
      branches_.push_back({.layer = l,
                           .hook = HookPoint::kMlpPost,
                           .parts = EffectParts::kAll});
  }

  void expect_near(std::span<const double> values, const std::string& name,
                   double least) const {
    const auto want = (*parts_->get(name))->to_double();
    const double limit = std::max(
        least, (*parts_->get(name + ".limit"))->to_double()->values()[0]);
    ASSERT_EQ(values.size(), want->size()) << name;
    double largest = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      EXPECT_NEAR(values[i], want->values()[i], limit) << name << " " << i;
      largest = std::max(largest, std::abs(want->values()[i]));
    }
    EXPECT_GT(largest, 100 * limit) << name;
  }

  void expect_reference(const ExecutorOutput& output, double least) const {
    for (size_t l = 0; l < branches_.size(); ++l) {
      const PartsOfEffect& parts = output.effects[l].parts;
      expect_near(parts.direct, "direct." + std::to_string(l), least);
      expect_near(parts.shares.values(), "shares." + std::to_string(l), least);
    }
  }

  std::optional<Model> model_;
  std::optional<TensorFile> parts_;
  std::vector<int> ids_;
  std::vector<Branch> branches_;
};

TEST_P(FamilyPartsTest, BothExecutorsAgreeWithPyTorch) {
  const ExecutorInput input{.config = model_->config,
                            .weights = model_->weights,
                            .ids = ids_,
                            .branches = branches_,
                            .edit = multiply,
                            .capture = std::nullopt};
  WavefrontOptions options;
  options.parts_tolerance = 0;  // 16 points everywhere
  const auto fast = run_wavefront(input, options, {});
  ASSERT_TRUE(fast) << fast.error().message;
  expect_reference(*fast, 5e-6);
  const auto naive = run_naive(input, {});
  ASSERT_TRUE(naive) << naive.error().message;
  expect_reference(*naive, 2e-5);
}

INSTANTIATE_TEST_SUITE_P(Families, FamilyPartsTest,
                         testing::Values("gpt2", "llama", "gemma2", "gpt_neox",
                                         "granite"),
                         [](const auto& family) {
                           return std::string(family.param);
                         });

}  // namespace
}  // namespace excise
