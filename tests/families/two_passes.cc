#include "two_passes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "run/text_rows.h"

namespace excise {

double shift(size_t t, size_t j) {
  return 0.3 * std::sin(static_cast<double>(3 * t + 7 * j));
}

std::vector<Branch> branches_at_every_place(const ModelConfig& config) {
  std::vector<Branch> branches;
  for (size_t l = 0; l < config.n_layers; ++l) {
    for (const HookPoint hook : kEditHooks) {
      const auto sites = hook_sites(config);
      if (std::ranges::find(sites, HookSite{hook, l}) == sites.end()) continue;
      branches.push_back({l, {}, 0, hook});
      if (l == 0) branches.push_back({l, {}, 0, hook, {1}});
    }
  }
  return branches;
}

Status edit_strongly(size_t layer, MatrixView<const float> value,
                     std::span<const Branch> branches,
                     std::span<const MatrixView<float>> deltas) {
  for (size_t b = 0; b < branches.size(); ++b) {
    const MatrixView<float> delta = deltas[b];
    const float kept = layer == branches[b].layer ? 0 : 0.5F;
    for (size_t t = 0; t < value.rows(); ++t) {
      for (size_t j = 0; j < value.cols(); ++j)
        delta(t, j) = (kept > 0 ? kept * delta(t, j) : 0) - 0.4F * value(t, j) +
                      static_cast<float>(shift(t, j));
    }
  }
  return {};
}

void expect_two_passes(const Model& model, std::span<const int> ids,
                       double tolerance) {
  const std::vector<Branch> branches = branches_at_every_place(model.config);
  const ExecutorInput input{model.config, model.weights, ids,
                            branches,     edit_strongly, std::nullopt};
  const auto naive = run_naive(input, {});
  ASSERT_TRUE(naive) << naive.error().message;
  const auto fast = run_wavefront(input, {}, {});
  ASSERT_TRUE(fast) << fast.error().message;
  ASSERT_EQ(fast->effects.size(), branches.size());
  for (size_t b = 0; b < branches.size(); ++b) {
    SCOPED_TRACE("branch " + std::to_string(b));
    const BranchEffect& x = fast->effects[b];
    const BranchEffect& y = naive->effects[b];
    double largest = 0;
    for (size_t t = 0; t < ids.size(); ++t) {
      EXPECT_NEAR(x.delta_logprob[t], y.delta_logprob[t], tolerance);
      EXPECT_NEAR(x.kl[t], y.kl[t], tolerance);
      largest = std::max(largest, std::abs(y.delta_logprob[t]));
    }
    EXPECT_GT(largest, 0.01);
    for (size_t s = 0; s < x.drift.size(); ++s)
      EXPECT_NEAR(x.drift[s], y.drift[s], 1e-4 * (1 + y.drift[s]));
  }
}

void expect_texts_as_if_alone(const Model& model, std::span<const int> ids,
                              double tolerance) {
  const size_t n = ids.size();
  const std::vector<size_t> starts = {0, n / 2, n / 2 + 1, n};
  const TextRows rows(n, starts);
  const std::vector<Branch> branches = branches_at_every_place(model.config);
  ExecutorInput input{.config = model.config,
                      .weights = model.weights,
                      .ids = ids,
                      .branches = branches,
                      .edit = edit_by_text(rows,
                                           [](size_t, auto... of_text) {
                                             return edit_strongly(of_text...);
                                           }),
                      .capture = std::nullopt,
                      .starts = starts};
  const auto together = run_wavefront(input, {}, {});
  ASSERT_TRUE(together) << together.error().message;
  input.edit = edit_strongly;
  input.starts = {};
  for (size_t text = 0; text < rows.texts(); ++text) {
    SCOPED_TRACE("text " + std::to_string(text));
    input.ids = ids.subspan(rows.first(text), rows.count(text));
    const auto alone = run_naive(input, {});
    ASSERT_TRUE(alone) << alone.error().message;
    const CleanRun clean = clean_of_text(together->clean, rows, text);
    EXPECT_EQ(clean.top1, alone->clean.top1);
    for (size_t t = 0; t < input.ids.size(); ++t)
      EXPECT_NEAR(clean.logprob[t], alone->clean.logprob[t], tolerance);
    for (size_t b = 0; b < branches.size(); ++b) {
      SCOPED_TRACE("branch " + std::to_string(b));
      const BranchEffect x = effect_of_text(together->effects[b], rows, text);
      const BranchEffect& y = alone->effects[b];
      ASSERT_EQ(x.delta_logprob.size(), y.delta_logprob.size());
      for (size_t t = 0; t < input.ids.size(); ++t) {
        EXPECT_NEAR(x.delta_logprob[t], y.delta_logprob[t], tolerance);
        EXPECT_NEAR(x.kl[t], y.kl[t], tolerance);
      }
      EXPECT_EQ(x.top1, y.top1);
    }
  }
}

}  // namespace excise
