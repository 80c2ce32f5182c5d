// The wavefront against its oracle, the naive executor, on every kind of model
// the goldens have.
#include "run/executor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "core/random.h"
#include "math/ops/matmul.h"
#include "model/model.h"

namespace excise {
namespace {

// What the branches here are.
constexpr BranchTag kRemoval{"removal"}, kEmpty{"empty"}, kTogether{"together"},
    kControl{"control", false}, kNoOp{"no_op", true, false};

Model open_model(const std::string& folder) {
  auto model = Model::open(std::string(EXCISE_SOURCE_DIR) + "/" + folder);
  EXPECT_TRUE(model) << model.error().message;
  return std::move(*model);
}

std::vector<int> random_ids(size_t tokens, size_t d_vocab) {
  Random random(1);
  std::vector<int> ids;
  for (size_t t = 0; t < tokens; ++t) {
    ids.push_back(static_cast<int>(random.below(d_vocab)));
  }
  return ids;
}

// Two or four branches a layer, and at layer 1 one without an edit and two
// controls.
std::vector<Branch> some_branches(size_t n_layers) {
  std::vector<Branch> branches;
  for (size_t l = 0; l < n_layers; ++l) {
    branches.push_back({l, kRemoval});
    branches.push_back({l, kEmpty});
    if (l == 1) {
      branches.push_back({l, kNoOp});
      branches.push_back({l, kControl, 0});
      branches.push_back({l, kControl, 1});
    }
    // The same edits behind the activation, at every other layer.
    if (l % 2 == 0) continue;
    branches.push_back({l, kRemoval, 0, HookPoint::kMlpPost});
    branches.push_back({l, kEmpty, 0, HookPoint::kMlpPost});
  }
  return branches;
}

// At each place a branch of one layer and two of several: one that adds the
// same change at every layer, and one that takes what the edited run has.
std::vector<Branch> branches_everywhere() {
  std::vector<Branch> branches;
  for (const size_t layer : {0, 1}) {
    for (const HookPoint hook : kEditHooks) {
      if (hook == HookPoint::kMlpPreLinear) continue;  // of gated MLPs
      branches.push_back({layer, kRemoval, 0, hook});
      branches.push_back({layer, kTogether, 0, hook, {2, 3}});
      branches.push_back({layer, kTogether, 1, hook, {3}});
    }
  }
  return branches;
}

// kRemoval: activations shrink by a half; kEmpty and kControl: seeded noise;
// kTogether: as kRemoval, at later layers of the clean or the edited values.
Status edit(size_t layer, MatrixView<const float> pre,
            std::span<const Branch> branches,
            std::span<const MatrixView<float>> deltas) {
  for (size_t b = 0; b < branches.size(); ++b) {
    Random random(layer);
    for (size_t i = 0; i < pre.rows(); ++i) {
      for (size_t j = 0; j < pre.cols(); ++j) {
        float& delta = deltas[b](i, j);
        const BranchTag tag = branches[b].tag;
        if (tag == kRemoval) {
          delta = -0.5F * pre(i, j);
        } else if (tag == kEmpty) {
          delta = static_cast<float>(0.1 * random.normal());
        } else if (tag == kControl) {
          delta = static_cast<float>(
              (0.2 + static_cast<double>(branches[b].index)) * random.normal());
        } else if (tag == kTogether) {
          const float before = layer == branches[b].layer ? 0 : delta;
          delta = branches[b].index == 0 ? before - 0.5F * pre(i, j)
                                         : 0.5F * before - 0.5F * pre(i, j);
        } else {
          delta = 0;
        }
      }
    }
  }
  return {};
}

void expect_near(std::span<const double> a, std::span<const double> b,
                 double tolerance, const char* what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_NEAR(a[i], b[i], tolerance) << what << " " << i;
  }
}

void expect_near(const std::vector<Prediction>& a,
                 const std::vector<Prediction>& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_NEAR(a[i].logprob, b[i].logprob, tolerance) << "request " << i;
    EXPECT_NEAR(a[i].logit, b[i].logit, 5 * tolerance) << "request " << i;
  }
}

void expect_same(const ExecutorOutput& fast, const ExecutorOutput& naive,
                 double tolerance) {
  expect_near(fast.clean.logprob, naive.clean.logprob, tolerance, "logprob");
  expect_near(fast.clean.logit, naive.clean.logit, 5 * tolerance, "logit");
  expect_near(fast.clean.state_norm, naive.clean.state_norm, 100 * tolerance,
              "state_norm");
  EXPECT_NEAR(fast.clean.resid_final_norm, naive.clean.resid_final_norm,
              100 * tolerance);
  EXPECT_EQ(fast.clean.top1, naive.clean.top1);
  expect_near(fast.clean.requested, naive.clean.requested, tolerance);
  ASSERT_EQ(fast.effects.size(), naive.effects.size());
  for (size_t b = 0; b < naive.effects.size(); ++b) {
    SCOPED_TRACE("branch " + std::to_string(b));
    const BranchEffect& x = fast.effects[b];
    const BranchEffect& y = naive.effects[b];
    expect_near(x.delta_logprob, y.delta_logprob, tolerance, "delta_logprob");
    expect_near(x.delta_logit, y.delta_logit, 5 * tolerance, "delta_logit");
    expect_near(x.kl, y.kl, tolerance, "kl");
    expect_near(x.drift, y.drift, 50 * tolerance, "drift");
    EXPECT_NEAR(x.drift_resid_final, y.drift_resid_final, 50 * tolerance);
    EXPECT_EQ(x.top1, y.top1);
    EXPECT_EQ(x.top1_changed, y.top1_changed);
    expect_near(x.requested, y.requested, tolerance);
    EXPECT_EQ(x.fired, y.fired);
    EXPECT_GE(x.fired, 1U);
    ASSERT_EQ(x.drift_per_token.size(), y.drift_per_token.size());
    for (size_t i = 0; i < x.drift_per_token.size(); ++i) {
      ASSERT_NEAR(x.drift_per_token.values()[i], y.drift_per_token.values()[i],
                  50 * tolerance);
    }
  }
  ASSERT_EQ(fast.captured.edited.size(), naive.captured.edited.size());
  for (size_t i = 0; i < naive.captured.edited.size(); ++i) {
    ASSERT_NEAR(fast.captured.edited.values()[i],
                naive.captured.edited.values()[i], 10 * tolerance);
    ASSERT_NEAR(fast.captured.clean.values()[i],
                naive.captured.clean.values()[i], 10 * tolerance);
  }
}

// The first and last token of the vocabulary, and the token that comes.
std::vector<PredictionRequest> some_requests(std::span<const int> ids,
                                             size_t d_vocab) {
  const size_t last = ids.size() - 1;
  std::vector<PredictionRequest> requests = {
      {last, static_cast<int>(d_vocab - 1)}, {0, 0}};
  if (last > 0) requests.push_back({last - 1, ids[last]});
  return requests;
}

struct Case {
  const char* name;
  const char* folder;
  size_t tokens;
};

class ExecutorTest : public testing::TestWithParam<Case> {};

TEST_P(ExecutorTest, WavefrontEqualsNaive) {
  const Model model = open_model(GetParam().folder);
  const std::vector<int> ids =
      random_ids(GetParam().tokens, model.config.d_vocab);
  const std::vector<Branch> branches = some_branches(model.config.n_layers);
  const std::vector<PredictionRequest> requests =
      some_requests(ids, model.config.d_vocab);
  const ExecutorInput input{model.config, model.weights, ids,
                            branches,     edit,          CaptureRequest{2, 2},
                            requests};
  const auto naive = run_naive(input, {});
  ASSERT_TRUE(naive) << naive.error().message;
  const auto fast = run_wavefront(input, {}, {});
  ASSERT_TRUE(fast) << fast.error().message;
  // PyTorch's own float32 is 2.1e-5 away from double precision here
  // (tests/golden/tolerances.json). Both executors may be, in either direction
  // and with the kernels of any processor.
  constexpr double kTolerance = 5e-5;
  expect_same(*fast, *naive, kTolerance);
  EXPECT_EQ(fast->passes, 1U);

  WavefrontOptions limited;
  limited.memory_limit = wavefront_bytes(model.config, model.weights,
                                         ids.size(), 2, Compute::kF32);
  const auto split = run_wavefront(input, limited, {});
  ASSERT_TRUE(split) << split.error().message;
  EXPECT_EQ(split->passes, (branches.size() + 1) / 2);
  expect_same(*split, *naive, kTolerance);
}

TEST_P(ExecutorTest, EveryPlaceAndSeveralLayersEqualNaive) {
  const Model model = open_model(GetParam().folder);
  const std::vector<int> ids =
      random_ids(std::min<size_t>(GetParam().tokens, 20), model.config.d_vocab);
  const std::vector<Branch> branches = branches_everywhere();
  const ExecutorInput input{model.config, model.weights, ids,
                            branches,     edit,          {}};
  const auto naive = run_naive(input, {});
  ASSERT_TRUE(naive) << naive.error().message;
  WavefrontOptions limited;
  limited.memory_limit = wavefront_bytes(model.config, model.weights,
                                         ids.size(), 7, Compute::kF32);
  for (const WavefrontOptions& options : {WavefrontOptions(), limited}) {
    const auto fast = run_wavefront(input, options, {});
    ASSERT_TRUE(fast) << fast.error().message;
    expect_same(*fast, *naive, 5e-5);
    for (size_t b = 0; b < branches.size(); ++b)
      EXPECT_EQ(fast->effects[b].fired, 1 + branches[b].further.size());
  }
}

TEST_P(ExecutorTest, SameBytesWhenRepeated) {
  const Model model = open_model(GetParam().folder);
  const std::vector<int> ids =
      random_ids(GetParam().tokens, model.config.d_vocab);
  const std::vector<Branch> branches = some_branches(model.config.n_layers);
  const ExecutorInput input{model.config, model.weights, ids,
                            branches,     edit,          {}};
  const auto once = run_wavefront(input, {}, {});
  const auto again = run_wavefront(input, {}, {});
  ASSERT_TRUE(once && again);
  for (size_t b = 0; b < branches.size(); ++b) {
    EXPECT_EQ(once->effects[b].delta_logprob, again->effects[b].delta_logprob);
    EXPECT_EQ(once->effects[b].drift, again->effects[b].drift);
  }
}

TEST_P(ExecutorTest, RoundedDifferencesAreCloseToTheEffect) {
  if (!has_native_bf16()) GTEST_SKIP() << "no bfloat16 instructions here";
  const Model model = open_model(GetParam().folder);
  const std::vector<int> ids =
      random_ids(GetParam().tokens, model.config.d_vocab);
  const std::vector<Branch> branches = some_branches(model.config.n_layers);
  const ExecutorInput input{model.config, model.weights, ids,
                            branches,     edit,          {}};
  const auto exact = run_wavefront(input, {}, {});
  const auto rounded = run_wavefront(input, {.compute = Compute::kBF16}, {});
  ASSERT_TRUE(exact && rounded);
  double error = 0;
  double effect = 0;
  for (size_t b = 0; b < branches.size(); ++b) {
    for (size_t t = 0; t < ids.size(); ++t) {
      const double d = exact->effects[b].delta_logprob[t];
      error += std::pow(rounded->effects[b].delta_logprob[t] - d, 2);
      effect += d * d;
    }
  }
  // A text of one token predicts nothing.
  if (ids.size() == 1) return;
  EXPECT_LT(std::sqrt(error / effect), 0.02);
  EXPECT_GT(error, 0.0);
}

TEST_P(ExecutorTest, SampleOfARoundedRunIsInFloat32) {
  if (!has_native_bf16()) GTEST_SKIP() << "no bfloat16 instructions here";
  const Model model = open_model(GetParam().folder);
  const std::vector<int> ids =
      random_ids(GetParam().tokens, model.config.d_vocab);
  const std::vector<Branch> branches = branches_everywhere();
  const ExecutorInput input{model.config, model.weights, ids,
                            branches,     edit,          {}};
  const auto exact = run_wavefront(input, {}, {});
  const std::vector<size_t> sample = {1, branches.size() - 2};
  WavefrontOptions options{.compute = Compute::kBF16, .sample = sample};
  const auto together = run_wavefront(input, options, {});
  options.memory_limit = wavefront_bytes(model.config, model.weights,
                                         ids.size(), 5, Compute::kBF16);
  const auto split = run_wavefront(input, options, {});
  ASSERT_TRUE(exact && together && split);
  EXPECT_GT(split->passes, 1U);
  for (const auto* rounded : {&*together, &*split}) {
    EXPECT_EQ(rounded->effects.size(), branches.size());
    ASSERT_EQ(rounded->exact.size(), sample.size());
    for (size_t i = 0; i < sample.size(); ++i) {
      expect_near(rounded->exact[i].delta_logprob,
                  exact->effects[sample[i]].delta_logprob, 5e-5, "sample");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, ExecutorTest,
    testing::Values(Case{"Tiny", "tests/golden/tiny-gpt2", 17},
                    Case{"OneToken", "tests/golden/tiny-gpt2", 1},
                    Case{"Odd", "tests/golden/tiny-gpt2-odd", 64},
                    Case{"Baker", "models/baker-7m", 70}),
    [](const auto& model) { return model.param.name; });

TEST(ExecutorTest, NoOpBranchChangesNothing) {
  const Model model = open_model("tests/golden/tiny-gpt2");
  const std::vector<int> ids = random_ids(20, model.config.d_vocab);
  const Branch no_op{1, kNoOp};
  const ExecutorInput input{model.config, model.weights, ids,
                            {&no_op, 1},  edit,          {}};
  const auto output = run_wavefront(input, {}, {});
  ASSERT_TRUE(output);
  for (const double d : output->effects[0].delta_logprob) EXPECT_EQ(d, 0.0);
  for (const double d : output->effects[0].drift) EXPECT_EQ(d, 0.0);
}

TEST(ExecutorTest, RequestedIsWhatComes) {
  const Model model = open_model("tests/golden/tiny-gpt2");
  const std::vector<int> ids = random_ids(20, model.config.d_vocab);
  const Branch branch{1, kRemoval, 0, HookPoint::kMlpPost};
  const PredictionRequest request{6, ids[7]};
  const ExecutorInput input{
      model.config, model.weights, ids, {&branch, 1}, edit, {}, {&request, 1}};
  const auto output = run_wavefront(input, {}, {});
  ASSERT_TRUE(output);
  EXPECT_EQ(output->clean.requested[0].logprob, output->clean.logprob[7]);
  const BranchEffect& effect = output->effects[0];
  EXPECT_EQ(effect.requested[0].logprob, effect.delta_logprob[7]);
  EXPECT_EQ(effect.requested[0].logit, effect.delta_logit[7]);
  EXPECT_NE(effect.requested[0].logprob, 0.0);
}

TEST(ExecutorTest, RefusesWhatItCannotRun) {
  const Model model = open_model("tests/golden/tiny-gpt2");
  const std::vector<int> ids = random_ids(20, model.config.d_vocab);
  const auto refused = [&](std::vector<Branch> branches,
                           std::vector<PredictionRequest> requests) {
    const ExecutorInput input{model.config, model.weights, ids, branches, edit,
                              {},           requests};
    return !run_naive(input, {}) && !run_wavefront(input, {}, {});
  };
  EXPECT_FALSE(refused({{1}}, {{19, 511}}));
  EXPECT_TRUE(refused({{1}}, {{20, 1}}));
  EXPECT_TRUE(refused({{1}}, {{1, 512}}));
  EXPECT_TRUE(refused({{4}}, {}));
  EXPECT_TRUE(refused({{2}, {1}}, {}));
  EXPECT_TRUE(refused({{1, kRemoval, 0, HookPoint::kMlpPost}, {1}}, {}));
  EXPECT_TRUE(refused({{1, kRemoval, 0, HookPoint::kMlpPreLinear}}, {}));
  const HookPoint pre = HookPoint::kMlpPre;
  EXPECT_TRUE(refused({{1, kTogether, 0, pre, {1}}}, {}));
  EXPECT_TRUE(refused({{1, kTogether, 0, pre, {4}}}, {}));
}

TEST(ExecutorTest, TooSmallMemoryLimitIsAnError) {
  const Model model = open_model("tests/golden/tiny-gpt2");
  const std::vector<int> ids = random_ids(20, model.config.d_vocab);
  const Branch no_op{1, kNoOp};
  const ExecutorInput input{model.config, model.weights, ids,
                            {&no_op, 1},  edit,          {}};
  const auto output = run_wavefront(input, {.memory_limit = 1000}, {});
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, ErrorCode::kOutOfMemory);
}

TEST(ExecutorTest, CancelledIsInterrupted) {
  const Model model = open_model("tests/golden/tiny-gpt2");
  const std::vector<int> ids = random_ids(20, model.config.d_vocab);
  const Branch no_op{1, kNoOp};
  const ExecutorInput input{model.config, model.weights, ids,
                            {&no_op, 1},  edit,          {}};
  const std::atomic<bool> cancelled = true;
  Progress progress;
  progress.cancelled = &cancelled;
  for (const auto& output :
       {run_naive(input, progress), run_wavefront(input, {}, progress)}) {
    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().code, ErrorCode::kInterrupted);
  }
}

}  // namespace
}  // namespace excise
