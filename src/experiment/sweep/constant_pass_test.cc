// The constants of a sweep against plain forward passes.
#include "experiment/sweep/constant_pass.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "model/forward.h"
#include "testing/made_words.h"

namespace excise {
namespace {

Model tiny() {
  auto model =
      Model::open(std::string(EXCISE_SOURCE_DIR) + "/tests/golden/tiny-gpt2");
  EXPECT_TRUE(model) << model.error().message;
  return std::move(*model);
}

Spec spec_of(const char* preset) {
  Spec spec;
  spec.model = "tiny-gpt2";
  spec.ids = {5, 300, 17, 17, 511, 0, 42, 99, 7, 256, 300, 5, 18, 77};
  spec.preset = preset;
  spec.variants = {VariantSet::kConstant};
  spec.permutations = 50;
  return spec;
}

// log p of each token given those before it, with `hooks`.
std::vector<double> logprobs(const Model& model, std::span<const int> ids,
                             std::span<const Hook> hooks) {
  const auto output =
      run_forward(model.config, model.weights, ids, hooks, {}).value();
  const auto logits = unembed(model.weights, output.normalized).value();
  std::vector<double> result = {0};
  for (size_t t = 1; t < ids.size(); ++t) {
    double sum = 0;
    for (const float logit : logits.row(t - 1)) sum += std::exp(double{logit});
    result.push_back(logits(t - 1, static_cast<size_t>(ids[t])) -
                     std::log(sum));
  }
  return result;
}

// d of the removal of component 0 of a pca, along v, with every code set to
// `code`: A' = A - c v + code v, c = (A - mean over tokens) v.
std::vector<double> with_code(const Model& model, std::span<const int> ids,
                              size_t layer, std::span<const double> v,
                              std::span<const double> clean, double code) {
  const Hook hook{hook_name({HookPoint::kMlpPre, layer}),
                  [&](const HookSite&, MatrixView<float> a) -> Status {
                    std::vector<double> mean(a.cols());
                    for (size_t t = 0; t < a.rows(); ++t) {
                      for (size_t j = 0; j < a.cols(); ++j) {
                        mean[j] += static_cast<double>(a(t, j)) /
                                   static_cast<double>(a.rows());
                      }
                    }
                    for (size_t t = 0; t < a.rows(); ++t) {
                      double c = 0;
                      for (size_t j = 0; j < a.cols(); ++j)
                        c += (static_cast<double>(a(t, j)) - mean[j]) * v[j];
                      for (size_t j = 0; j < a.cols(); ++j)
                        a(t, j) += static_cast<float>((code - c) * v[j]);
                    }
                    return {};
                  }};
  auto d = logprobs(model, ids, {&hook, 1});
  for (size_t t = 0; t < d.size(); ++t) d[t] = clean[t] - d[t];
  return d;
}

double first_half_mean(std::span<const double> d) {
  double sum = 0;
  const size_t half = (d.size() - 1) / 2;
  for (size_t t = 1; t <= half; ++t) sum += d[t];
  return sum / static_cast<double>(half);
}

TEST(ConstantPass, TriesAreForwardPassesAndTheBestBeatsAGrid) {
  const Model model = tiny();
  const auto result = run_sweep(model, spec_of("pca"), {});
  ASSERT_TRUE(result) << result.error().message;
  const Summary summary = summary_of(*result);
  EXPECT_EQ(result->audit.edits_expected, result->audit.edits_fired);
  const auto clean = logprobs(model, result->ids, {});
  for (size_t l = 0; l < result->layers.size(); ++l) {
    const LayerFindings& findings = result->findings[l];
    const ConstantSummary& best = *summary.layers[l].constant;
    ASSERT_GT(findings.constant->tries.size(), kFirstConstants);
    for (const ConstantEffect& one : findings.constant->tries) {
      const auto d =
          with_code(model, result->ids, l, findings.v0, clean, one.value);
      for (size_t t = 0; t < d.size(); ++t)
        ASSERT_NEAR(one.delta_logprob[t], d[t], 2e-5) << l << " " << one.value;
    }
    // A grid of the whole range that was tried, four times as fine as the
    // first.
    double least = std::numeric_limits<double>::infinity();
    constexpr size_t kGrid = 32;
    const double low = best.tries.front().value;
    const double high = best.tries.back().value;
    for (size_t i = 0; i <= kGrid; ++i) {
      const double code = low + (high - low) * static_cast<double>(i) / kGrid;
      least =
          std::min(least, first_half_mean(with_code(model, result->ids, l,
                                                    findings.v0, clean, code)));
    }
    const double found = first_half_mean(best.delta_logprob);
    double largest = -std::numeric_limits<double>::infinity();
    for (const ConstantTry& one : best.tries)
      largest = std::max(largest, one.cost);
    EXPECT_LE(found, least + 0.02 * (largest - least)) << l;
    EXPECT_LE(found, first_half_mean(findings.removal.delta_logprob));
  }
}

TEST(ConstantPass, ZeroIsTheRemovalAndTheMeansCodeIsZero) {
  const Model model = tiny();
  for (const char* preset : {"pca", "published"}) {
    const SweepPlan plan = resolve(model, spec_of(preset), {}).value();
    LayerEditor editor(plan, model.weights);
    Matrix<float> value(plan.ids.size(), model.config.d_mlp);
    Random random(3);
    for (float& x : value.values()) x = static_cast<float>(random.normal());
    ASSERT_TRUE(editor.prepare(0, value));
    Matrix<float> removed(value.rows(), value.cols());
    Matrix<float> constant(value.rows(), value.cols());
    const Branch removal = plan.branches.all[plan.branches.removal[0]];
    ASSERT_TRUE(editor.edit(0, value, removal, removed));
    ASSERT_TRUE(editor.set_constant(value, 0, constant));
    for (size_t i = 0; i < removed.size(); ++i)
      ASSERT_EQ(removed.values()[i], constant.values()[i]) << preset;
    if (std::string(preset) != "pca") continue;
    double mean = 0;
    for (const double code : editor.edited_codes()) mean += code;
    EXPECT_NEAR(mean, 0, 1e-9);
  }
}

TEST(ConstantPass, IsTheSameByTheNaiveExecutor) {
  const Model model = tiny();
  Spec spec = spec_of("published");
  const auto fast = run_sweep(model, spec, {});
  spec.executor = Executor::kNaive;
  const auto naive = run_sweep(model, spec, {});
  ASSERT_TRUE(fast && naive);
  for (size_t l = 0; l < fast->layers.size(); ++l) {
    const auto& a = *fast->findings[l].constant;
    const auto& b = *naive->findings[l].constant;
    ASSERT_EQ(a.tries.size(), b.tries.size());
    for (size_t i = 0; i < a.tries.size(); ++i) {
      EXPECT_NEAR(a.tries[i].value, b.tries[i].value,
                  1e-4 * (1 + std::abs(b.tries[i].value)));
      for (size_t t = 0; t < fast->ids.size(); ++t) {
        EXPECT_NEAR(a.tries[i].delta_logprob[t], b.tries[i].delta_logprob[t],
                    2e-5);
      }
    }
  }
}

TEST(ConstantPass, RefusesWhatHasNoHalves) {
  const Model model = tiny();
  Spec spec = spec_of("pca");
  spec.ids.resize(4);
  const auto result = run_sweep(model, spec, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kBadInput);
  spec = spec_of("pca");
  spec.remove = {0, 1};
  EXPECT_FALSE(check_spec(spec));
}

}  // namespace
}  // namespace excise
