// Every option of an architecture through the four interpreters of its steps: a
// family made up here, without a change to the program, against its own forward
// pass in double.
#include "made_family.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "core/random.h"
#include "model/activation_pass.h"
#include "model/forward.h"
#include "model/incremental_forward.h"
#include "model/model.h"
#include "run/executor.h"
#include "testing/temporary_folder.h"
#include "two_passes.h"

namespace excise {
namespace {

struct Case {
  const char* name;
  MadeOptions options;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

std::vector<int> some_ids(size_t count) {
  Random random(11);
  std::vector<int> ids;
  for (size_t t = 0; t < count; ++t)
    ids.push_back(static_cast<int>(random.below(kMadeVocabulary)));
  return ids;
}

const MadeHook kNothing = [](const std::string&, size_t, MadeRows&) {};

class MadeFamilyTest : public testing::TestWithParam<Case> {
 protected:
  MadeFamilyTest()
      : made_(GetParam().options),
        model_((made_.write(folder_.path()),
                Model::open(folder_.path(), made_families()))) {}
  void SetUp() override { ASSERT_TRUE(model_) << model_.error().message; }
  // float32 beside double: some hundred additions of numbers near 1.
  static constexpr double kTolerance = 3e-5;
  static constexpr double kEditedTolerance = 1e-4;

  // Logits of the definition, with hooks.
  Matrix<float> logits(std::span<const int> ids,
                       std::span<const Hook> hooks) const {
    const auto output =
        run_forward(model_->config, model_->weights, ids, hooks, {});
    EXPECT_TRUE(output) << output.error().message;
    return *unembed(model_->weights, output->normalized);
  }

  TemporaryFolder folder_;
  MadeModel made_;
  Result<Model> model_;
};

void expect_near(const MadeRows& want, MatrixView<const float> got,
                 double tolerance) {
  ASSERT_EQ(want.size(), got.rows());
  for (size_t t = 0; t < want.size(); ++t) {
    ASSERT_EQ(want[t].size(), got.cols());
    for (size_t v = 0; v < want[t].size(); ++v)
      ASSERT_NEAR(got(t, v), want[t][v], tolerance) << t << ", " << v;
  }
}

TEST_P(MadeFamilyTest, TheDefinitionIsThatOfAPlainPassInDouble) {
  const std::vector<int> ids = some_ids(17);
  std::map<std::string, MadeRows> values;
  const MadeRows want = made_.logits(
      ids, [&](const std::string& hook, size_t layer, MadeRows& value) {
        values["blocks." + std::to_string(layer) + "." + hook] = value;
      });
  size_t seen = 0;
  std::vector<Hook> hooks;
  for (const HookSite& site : hook_sites(model_->config)) {
    const auto known = values.find(hook_name(site));
    if (known == values.end()) continue;  // of the gate's other side
    hooks.push_back(
        {known->first, [&, known](const HookSite&, MatrixView<float> value) {
           expect_near(known->second, value, kTolerance);
           ++seen;
           return Status();
         }});
  }
  expect_near(want, logits(ids, hooks), kTolerance);
  EXPECT_EQ(seen, values.size());
}

TEST_P(MadeFamilyTest, AnEditActsAsInTheDefinition) {
  const std::vector<int> ids = some_ids(15);
  for (const HookSite& site : hook_sites(model_->config)) {
    if (site.layer != 0 || site.point == HookPoint::kMlpPreLinear) continue;
    SCOPED_TRACE(hook_name(site));
    const MadeRows want = made_.logits(
        ids, [&](const std::string& hook, size_t layer, MadeRows& value) {
          if ("blocks." + std::to_string(layer) + "." + hook != hook_name(site))
            return;
          for (size_t t = 0; t < value.size(); ++t) {
            for (size_t j = 0; j < value[t].size(); ++j)
              value[t][j] += shift(t, j);
          }
        });
    const Hook hook{hook_name(site),
                    [](const HookSite&, MatrixView<float> value) {
                      for (size_t t = 0; t < value.rows(); ++t) {
                        for (size_t j = 0; j < value.cols(); ++j)
                          value(t, j) += static_cast<float>(shift(t, j));
                      }
                      return Status();
                    }};
    expect_near(want, logits(ids, {&hook, 1}), kEditedTolerance);
  }
}

TEST_P(MadeFamilyTest, LongTextsAreAsTheDefinitionHasThem) {
  const auto windows = cut_into_windows(some_ids(190), 40);
  const Progress progress;
  for (const HookSite& site : hook_sites(model_->config)) {
    if (site.layer != 1) continue;
    SCOPED_TRACE(hook_name(site));
    MadeRows want;
    for (const auto& window : windows) {
      const Hook hook{
          hook_name(site), [&](const HookSite&, MatrixView<float> value) {
            for (size_t t = 0; t < value.rows(); ++t)
              want.emplace_back(value.row(t).begin(), value.row(t).end());
            return Status();
          }};
      (void)logits(window, {&hook, 1});
    }
    auto pass = *ActivationPass::start(model_->config, model_->weights, windows,
                                       progress);
    ASSERT_TRUE(pass.advance());
    size_t rows = 0;
    ASSERT_TRUE(pass.for_each(
        site.point, [&](MatrixView<const float> value, size_t first) -> Status {
          const auto begin = want.begin() + static_cast<std::ptrdiff_t>(first);
          expect_near(
              {begin, begin + static_cast<std::ptrdiff_t>(value.rows())}, value,
              kTolerance);
          rows += value.rows();
          return {};
        }));
    EXPECT_EQ(rows, 190U);
  }
}

TEST_P(MadeFamilyTest, ATextThatGrowsIsAsTheDefinitionHasIt) {
  const std::vector<int> ids = some_ids(40);
  const MadeRows want = made_.logits(ids, kNothing);
  auto forward = *IncrementalForward::create(model_->config, model_->weights);
  Sequence sequence = *forward.start(ids.size(), {});
  Sequence other = *forward.start(ids.size(), {});
  Matrix<float> logits(2, kMadeVocabulary);
  size_t length = 0;
  for (const size_t count : {3, 20, 1, 1, 6, 9}) {
    const auto next = std::span<const int>(ids).subspan(length, count);
    // Another text beside it, of another length.
    const std::vector<Extension> extensions = {
        {&other, std::span<const int>(ids).subspan(0, 1)}, {&sequence, next}};
    const auto done = forward.extend(extensions, logits, Progress());
    ASSERT_TRUE(done) << done.error().message;
    length += count;
    expect_near({want[length - 1]}, logits.view().row_range(1, 1), kTolerance);
  }
  EXPECT_EQ(length, ids.size());
}

TEST_P(MadeFamilyTest, DifferencesAreThoseOfTwoWholePasses) {
  expect_two_passes(*model_, some_ids(23), kEditedTolerance);
}

// Exact float32 products of a text and its branches, split into passes.
TEST_P(MadeFamilyTest, APassForEachBranchGivesTheSame) {
  const std::vector<int> ids = some_ids(9);
  const std::vector<Branch> branches = branches_at_every_place(model_->config);
  const ExecutorInput input{model_->config, model_->weights, ids,
                            branches,       edit_strongly,   std::nullopt};
  WavefrontOptions options;
  options.memory_limit = wavefront_bytes(model_->config, model_->weights,
                                         ids.size(), 1, Compute::kF32);
  const auto split = run_wavefront(input, options, {});
  ASSERT_TRUE(split) << split.error().message;
  EXPECT_EQ(split->passes, branches.size());
  const auto whole = run_wavefront(input, {}, {});
  for (size_t b = 0; b < branches.size(); ++b) {
    for (size_t t = 0; t < ids.size(); ++t) {
      EXPECT_NEAR(split->effects[b].delta_logprob[t],
                  whole->effects[b].delta_logprob[t], kTolerance);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Architectures, MadeFamilyTest,
    testing::Values(
        Case{"Llama", {}},
        Case{"NeoX",
             {.by_head = true,
              .rms = false,
              .gated = false,
              .biases = true,
              .residual = 2,
              .n_kv_heads = 4,
              .pairs = 2}},
        Case{"GptJ",
             {.rms = false,
              .gated = false,
              .biases = true,
              .residual = 3,
              .n_kv_heads = 4,
              .adjacent = true}},
        Case{"ParallelGated", {.residual = 2}},
        Case{"ParallelOneNormGated", {.residual = 3, .n_kv_heads = 1}},
        Case{"Gemma2", {.norm_place = 3, .window = 4, .cap = 2}},
        Case{"Gemma3", {.norm_place = 3, .qk_norm = 2, .window = 3}},
        Case{"Olmo2", {.norm_place = 2, .qk_norm = 3}},
        Case{"Qwen2", {.biases = true, .d_head = 4, .pairs = 2}},
        Case{"Gpt2Gated",
             {.rms = false, .biases = true, .learned = true, .pairs = 0}}),
    [](const auto& of) { return of.param.name; });

}  // namespace
}  // namespace excise
