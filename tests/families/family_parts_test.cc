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

struct Case {
  std::string name;
  std::filesystem::path model, parts;
};

std::vector<Case> cases() {
  const std::filesystem::path tests = EXCISE_FAMILIES_TESTS_DIR;
  std::vector<Case> cases;
  for (const char* family : {"gpt2", "llama", "gemma2", "gpt_neox", "granite"})
    cases.push_back(
        {.name = family,
         .model = tests / "references" / family,
         .parts = tests / "references" / family / "parts.safetensors"});
  cases.push_back(
      {.name = "bundled",
       .model = std::filesystem::path(EXCISE_SOURCE_DIR) / "models/baker-7m",
       .parts = tests / "baker-7m.parts.safetensors"});
  return cases;
}

class FamilyPartsTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    auto model = Model::open(GetParam().model);
    ASSERT_TRUE(model) << model.error().message;
    model_.emplace(std::move(*model));
    parts_.emplace(*TensorFile::open(GetParam().parts));
    const auto ids = (*parts_->get("ids"))->to_double();
    for (const double id : ids->values()) ids_.push_back(static_cast<int>(id));
    kept_ =
        static_cast<float>((*parts_->get("kept"))->to_double()->values()[0]);
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

  void expect_reference(const ExecutorOutput& output,
                        std::span<const Branch> branches, double least) const {
    ASSERT_EQ(output.effects.size(), branches.size());
    for (size_t b = 0; b < branches.size(); ++b) {
      const PartsOfEffect& parts = output.effects[b].parts;
      const std::string layer = std::to_string(branches[b].layer);
      expect_near(parts.direct, "direct." + layer, least);
      expect_near(parts.shares.values(), "shares." + layer, least);
    }
  }

  std::optional<Model> model_;
  std::optional<TensorFile> parts_;
  std::vector<int> ids_;
  std::vector<Branch> branches_;
  float kept_ = 1;
};

TEST_P(FamilyPartsTest, BothExecutorsAgreeWithPyTorch) {
  // mlp.hook_post times `kept` of make_parts.py.
  const auto multiply = [&](size_t, MatrixView<const float> value,
                            std::span<const Branch> branches,
                            std::span<const MatrixView<float>> deltas) {
    for (size_t b = 0; b < branches.size(); ++b) {
      for (size_t t = 0; t < value.rows(); ++t) {
        for (size_t j = 0; j < value.cols(); ++j)
          deltas[b](t, j) = (kept_ - 1) * value(t, j);
      }
    }
    return Status();
  };
  ExecutorInput input{.config = model_->config,
                      .weights = model_->weights,
                      .ids = ids_,
                      .branches = branches_,
                      .edit = multiply,
                      .capture = std::nullopt};
  WavefrontOptions options;
  options.parts_tolerance = 0;  // 16 points everywhere
  const auto fast = run_wavefront(input, options, {});
  ASSERT_TRUE(fast) << fast.error().message;
  expect_reference(*fast, branches_, 5e-6);
  input.branches = std::span(branches_).last(2);  // a trained model is slow
  const auto naive = run_naive(input, {});
  ASSERT_TRUE(naive) << naive.error().message;
  expect_reference(*naive, input.branches, 2e-5);
}

INSTANTIATE_TEST_SUITE_P(Families, FamilyPartsTest, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace excise
