// Every family against Transformers: small models that make_references.py
// and, as GGUF files, make_gguf.py wrote, with the value at each hook in double
// precision and ten times the error of Transformers' own float32 run, by which
// the interpreters here may differ.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <set>
#include <string>

#include "io/safetensors.h"
#include "model/activation_pass.h"
#include "model/architecture/family.h"
#include "model/forward.h"
#include "model/incremental_forward.h"
#include "model/model.h"
#include "model/rotary_tables.h"
#include "two_passes.h"

namespace excise {
namespace {

const std::filesystem::path kTests = EXCISE_FAMILIES_TESTS_DIR;

class FamilyReferenceTest : public testing::TestWithParam<std::string> {
 protected:
  FamilyReferenceTest()
      : folder_(kTests / GetParam()),
        model_(Model::open(folder_)),
        reference_(TensorFile::open(folder_ / "reference.safetensors")) {}
  void SetUp() override {
    ASSERT_TRUE(model_) << model_.error().message;
    ASSERT_TRUE(reference_);
    const auto ids = (*reference_->get("ids"))->to_double();
    for (const double id : ids->values()) ids_.push_back(static_cast<int>(id));
  }

  // Fewer than float32 has for values near 1 would blame a reference that was
  // right by luck.
  double limit(const std::string& name) const {
    constexpr double kLeast = 2e-6;
    const auto stored = (*reference_->get(name + ".limit"))->to_double();
    return std::max(kLeast, stored->values()[0]);
  }

  void expect_reference(const std::string& name,
                        MatrixView<const float> value) const {
    SCOPED_TRACE(name);
    const StoredTensor* tensor = *reference_->get(name);
    ASSERT_EQ(tensor->rows(), value.rows());
    ASSERT_EQ(tensor->cols(), value.cols());
    const auto want = tensor->to_double();
    for (size_t t = 0; t < value.rows(); ++t) {
      for (size_t j = 0; j < value.cols(); ++j)
        ASSERT_NEAR(value(t, j), (*want)(t, j), limit(name)) << t << ", " << j;
    }
  }

  bool has(const std::string& name) const {
    return reference_->find(name) != nullptr;
  }

  std::filesystem::path folder_;
  Result<Model> model_;
  Result<TensorFile> reference_;
  std::vector<int> ids_;
};

TEST_P(FamilyReferenceTest, TheDefinitionIsThatOfTransformers) {
  std::set<std::string> seen;
  std::vector<Hook> hooks;
  for (const HookSite& site : hook_sites(model_->config)) {
    const std::string name = hook_name(site);
    if (!has(name)) continue;
    hooks.push_back(
        {name, [this, &seen, name](const HookSite&, MatrixView<float> value) {
           expect_reference(name, value);
           seen.insert(name);
           return Status();
         }});
  }
  const auto output =
      run_forward(model_->config, model_->weights, ids_, hooks, {});
  ASSERT_TRUE(output) << output.error().message;
  expect_reference("logits", *unembed(model_->weights, output->normalized));
  for (const StoredTensor& tensor : reference_->tensors()) {
    if (tensor.name == "ids" || tensor.name == "logits" ||
        tensor.name.ends_with(".limit"))
      continue;
    EXPECT_TRUE(seen.contains(tensor.name)) << tensor.name;
  }
}

TEST_P(FamilyReferenceTest, LongTextsAreThoseOfTransformers) {
  const Progress progress;
  auto pass =
      *ActivationPass::start(model_->config, model_->weights, {ids_}, progress);
  for (size_t l = 0; l < model_->config.n_layers; ++l) {
    for (const HookSite& site : hook_sites(model_->config)) {
      const std::string name = hook_name(site);
      if (site.layer != l || !has(name)) continue;
      ASSERT_TRUE(pass.for_each(
          site.point, [&](MatrixView<const float> value, size_t) -> Status {
            expect_reference(name, value);
            return {};
          }));
    }
    ASSERT_TRUE(pass.advance());
  }
}

TEST_P(FamilyReferenceTest, ATextThatGrowsIsThatOfTransformers) {
  auto forward = *IncrementalForward::create(model_->config, model_->weights);
  Sequence sequence = *forward.start(ids_.size(), {});
  const auto want = (*reference_->get("logits"))->to_double();
  Matrix<float> logits(1, model_->config.d_vocab);
  const auto take = [&](size_t first, size_t count) {
    const std::vector<Extension> extensions = {
        {&sequence, std::span<const int>(ids_).subspan(first, count)}};
    return forward.extend(extensions, logits, Progress());
  };
  size_t length = 9;
  const size_t border = rotary_border(model_->config);
  if (border > 0 && border < ids_.size()) {
    // A part of a text whose positions change later is refused.
    EXPECT_EQ(take(0, border).error().code, ErrorCode::kUnsupported);
    length = border + 1;
  }
  ASSERT_TRUE(take(0, length));
  for (; length < ids_.size(); ++length) {
    ASSERT_TRUE(take(length, 1));
    for (size_t j = 0; j < logits.cols(); ++j)
      ASSERT_NEAR(logits(0, j), (*want)(length, j), limit("logits")) << j;
  }
}

TEST_P(FamilyReferenceTest, DifferencesAreThoseOfTwoWholePasses) {
  constexpr double kTolerance = 1e-4;
  expect_two_passes(*model_, ids_, kTolerance);
}

TEST_P(FamilyReferenceTest, TextsInOnePassAreAsIfAlone) {
  constexpr double kTolerance = 1e-4;
  expect_texts_as_if_alone(*model_, ids_, kTolerance);
}

TEST_P(FamilyReferenceTest, ModulesOfTransformersNameHooks) {
  const ModelConfig& config = model_->config;
  const TensorNames& names = config.family->tensors;
  const std::string block =
      std::string(names.prefix) + std::string(names.block) + ".1";
  EXPECT_EQ(find_hooks(block, config)->at(0),
            (HookSite{HookPoint::kResidPost, 1}));
  for (const auto& [slot, point] :
       {std::pair{Slot::kIn, HookPoint::kMlpPreLinear},
        std::pair{Slot::kIn, HookPoint::kMlpPre},
        std::pair{Slot::kGate, HookPoint::kMlpPre}}) {
    const bool gated = config.architecture.mlp == MlpKind::kGated;
    if (names[slot].names.empty() || names[slot].parts > 1 ||
        gated == (slot == Slot::kIn && point == HookPoint::kMlpPre))
      continue;
    const auto found = find_hooks(
        block + "." + std::string(names[slot].names.front()), config);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->at(0), (HookSite{point, 1}));
  }
}

// "references/llama", "gguf/llama".
std::vector<std::string> models_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kTests / folder))
    names.push_back(folder + "/" + entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

std::string test_name(const testing::TestParamInfo<std::string>& of) {
  std::string name = of.param;
  std::ranges::replace(name, '/', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Folders, FamilyReferenceTest,
                         testing::ValuesIn(models_in("references")), test_name);
INSTANTIATE_TEST_SUITE_P(Gguf, FamilyReferenceTest,
                         testing::ValuesIn(models_in("gguf")), test_name);

std::set<const Family*> families_in(const std::string& folder) {
  std::set<const Family*> seen;
  for (const std::string& name : models_in(folder)) {
    const auto model = Model::open(kTests / name);
    EXPECT_TRUE(model) << name << ": " << model.error().message;
    EXPECT_TRUE(model->config.notes.empty())
        << name << ": " << model->config.notes[0];
    seen.insert(model->config.family);
  }
  return seen;
}

// Each family has one at least.
TEST(FamilyReferencesTest, AreOfEveryFamily) {
  const auto seen = families_in("references");
  for (const Family* family : all_families()) {
    const bool of_golden = family->name == "GPT-2";  // tests/golden has its own
    EXPECT_TRUE(of_golden || seen.contains(family)) << family->name;
  }
}

TEST(FamilyReferencesTest, AreOfEveryArchitectureOfGguf) {
  const auto seen = families_in("gguf");
  for (const Family* family : all_families())
    EXPECT_EQ(seen.contains(family), !family->gguf.architecture.empty())
        << family->name;
}

// Every type of block is in one of the files.
TEST(FamilyReferencesTest, AreOfTypesOfBlocks) {
  std::set<std::string_view> seen;
  for (const std::string& name : models_in("gguf")) {
    const auto model = Model::open(kTests / name);
    for (const StoredTensor& tensor : model->weights.file().tensors())
      seen.insert(dtype_name(tensor.dtype));
  }
  for (const char* name : {"F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1",
                           "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K",
                           "IQ4_NL", "IQ4_XS", "TQ1_0", "TQ2_0", "MXFP4"}) {
    EXPECT_TRUE(seen.contains(name)) << name;
  }
}

}  // namespace
}  // namespace excise
