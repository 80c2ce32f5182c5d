// Random directions at other places: where they are, and how large.
#include "experiment/sweep/elsewhere.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "experiment/sweep/summary.h"
#include "math/linalg/covariance.h"
#include "math/linalg/svd.h"
#include "run/executor.h"
#include "testing/random_matrix.h"

namespace excise {
namespace {

using testing::HasSubstr;

TEST(Elsewhere, ChangesHaveTheShareOfTheNormAndTheRank) {
  constexpr size_t kTokens = 9, kWidth = 14;
  const Matrix<float> value = random_activations(kTokens, kWidth, 3);
  std::vector<uint8_t> edited(kTokens, 1);
  edited[2] = 0;
  Matrix<float> first(kTokens, kWidth), second(kTokens, kWidth);
  const std::vector<PlaceDraw> draws = {{Random(1), 0.25}, {Random(2), 0.5}};
  const std::vector<MatrixView<float>> deltas = {first.view(), second.view()};
  ASSERT_TRUE(change_elsewhere(value, 2, edited, draws, deltas));
  EXPECT_NEAR(relative_size(first, value), 0.25, 1e-6);
  EXPECT_NEAR(relative_size(second, value), 0.5, 1e-6);
  for (const Matrix<float>* delta : {&first, &second}) {
    for (const float x : delta->row(2)) EXPECT_EQ(x, 0);
    const Svd svd = *thin_svd(converted<double, float>(*delta));
    EXPECT_GT(svd.singular_values[1], 1e-3 * svd.singular_values[0]);
    EXPECT_LT(svd.singular_values[2], 1e-5 * svd.singular_values[0]);
  }
  // 8 dimensions once the mean is gone.
  const Status done = change_elsewhere(value, 9, {}, std::span(draws).first(1),
                                       std::span(deltas).first(1));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kBadInput);
}

class ElsewhereTest : public testing::Test {
 protected:
  ElsewhereTest() {
    spec_.text = "The old man said that the boy was in the house by the sea.";
    spec_.preset = "pca";
    spec_.remove = {0, 1};
    spec_.layers = "2,9";
    spec_.permutations = 100;
    spec_.controls = {{Control::kNormMatched, 3}, {Control::kElsewhere, 40}};
  }
  Spec spec_;
  Model model_ = *Model::open(EXCISE_SOURCE_DIR "/models/baker-7m");
};

TEST_F(ElsewhereTest, DrawsOtherPlacesEachItsOwn) {
  spec_.controls[1].repeats = 2000;
  const std::vector<size_t> layers = {2, 9};
  const ElsewherePlan plan = plan_elsewhere(spec_, model_.config, layers);
  ASSERT_EQ(plan.branches.size(), 4000U);
  std::array<std::set<std::pair<size_t, HookPoint>>, 2> places;
  for (const Branch& branch : plan.branches)
    places[plan.draws[branch.index].swept].emplace(branch.layer, branch.hook);
  // GPT-2 has no gate, 8 hooks a layer, of which hook_resid_pre is the
  // hook_resid_post below; one is its own.
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(places[i].size(), 12U * 7);
    EXPECT_FALSE(places[i].contains({layers[i], HookPoint::kMlpPre}));
  }
  EXPECT_TRUE(std::ranges::is_sorted(plan.branches, {}, [](const Branch& b) {
    return std::pair(b.layer, b.hook);
  }));
  spec_.controls.pop_back();
  EXPECT_TRUE(plan_elsewhere(spec_, model_.config, layers).branches.empty());
}

TEST_F(ElsewhereTest, BothExecutorsAgreeAndItStandsBesideTheOthers) {
  const SweepResult fast = *run_sweep(model_, spec_, {});
  spec_.executor = Executor::kNaive;
  const SweepResult naive = *run_sweep(model_, spec_, {});
  for (size_t l = 0; l < 2; ++l) {
    const auto& controls = fast.findings[l].controls;
    ASSERT_EQ(controls.size(), 2U);
    EXPECT_EQ(controls[1].control, Control::kElsewhere);
    double largest = 0;
    for (size_t r = 0; r < 40; ++r) {
      const auto& one = controls[1].delta_logprob[r];
      const auto& other = naive.findings[l].controls[1].delta_logprob[r];
      for (size_t t = 0; t < one.size(); ++t) {
        EXPECT_NEAR(one[t], other[t], 5e-5) << l << " " << r << " " << t;
        largest = std::max(largest, std::abs(one[t]));
      }
    }
    EXPECT_GT(largest, 1e-2);
  }
  EXPECT_EQ(fast.audit.edits_fired, fast.audit.edits_expected);
  const Summary summary = *summarize(fast, {});
  EXPECT_EQ(summary.headline.controls[1].control, Control::kElsewhere);
  EXPECT_TRUE(summary.layers[0].controls[1].p_two_sided.has_value());
}

TEST_F(ElsewhereTest, IsOfOneText) {
  spec_.further_texts = {"Another one, of the sea."};
  const Status done = check_spec(spec_);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("control elsewhere"));
}

}  // namespace
}  // namespace excise
