#include "experiment/sweep/anatomy.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"

namespace excise {
namespace {

TEST(DescribeComponent, IsOfUnitVectors) {
  const std::vector<double> u = {3, 0, 4};
  const std::vector<double> v = {0, -20, 10, 0};
  const ComponentAnatomy anatomy = describe_component(7, u, v);
  EXPECT_EQ(anatomy.component, 7U);
  EXPECT_NEAR(anatomy.sink_share, 9.0 / 25, 1e-12);
  EXPECT_EQ(anatomy.v_max_neuron, 1U);
  EXPECT_NEAR(anatomy.v_max_sq, 0.8, 1e-12);
  EXPECT_NEAR(anatomy.v_participation, 1 / (0.64 + 0.04), 1e-12);
  ASSERT_EQ(anatomy.top_neurons.size(), 4U);
  EXPECT_EQ(anatomy.top_neurons[1].neuron, 2U);
  EXPECT_NEAR(anatomy.top_neurons[0].weight, -std::sqrt(0.8), 1e-12);
}

TEST(WrittenDirection, GoesThroughTheOutputOfTheMlpWhereItIsInside) {
  Matrix<float> w(3, 2);
  w(0, 0) = 2;
  w(1, 1) = 5;
  const SlotTensors stored{
      {{"w", DType::kF32, {3, 2}, std::as_bytes(w.values())}}, {}};
  Matrix<double> v(1, 3);
  v(0, 0) = v(0, 1) = 1;
  const auto inside = written_directions(HookPoint::kMlpPre, v, stored).value();
  ASSERT_EQ(inside.size(), 2U);
  EXPECT_NEAR(inside(0, 0), 2 / std::sqrt(2), 1e-6);
  EXPECT_NEAR(inside(0, 1), 5 / std::sqrt(2), 1e-6);
  EXPECT_NEAR(
      written_directions(HookPoint::kResidPost, v, stored).value()(0, 0),
      1 / std::sqrt(2), 1e-6);
}

TEST(DormantShare, IsWhatTheOutputCannotSee) {
  // W_out reads the first neuron only.
  Matrix<float> w(2, 2);
  w(0, 0) = 1;
  w(0, 1) = 3;
  Matrix<float> value(1, 2);
  Matrix<float> delta(1, 2);
  delta(0, 0) = 3;
  delta(0, 1) = 4;
  const auto dormant =
      dormant_share(HookPoint::kMlpPost, Activation::kRelu, value, delta, w)
          .value();
  EXPECT_EQ(dormant.rank_w_out, 1U);
  EXPECT_NEAR(*dormant.share, 16.0 / 25, 1e-6);
  // Before the activation only what comes through it counts.
  value(0, 1) = -9;
  EXPECT_NEAR(
      *dormant_share(HookPoint::kMlpPre, Activation::kRelu, value, delta, w)
           ->share,
      0, 1e-6);
  EXPECT_FALSE(dormant_share(HookPoint::kMlpPost, Activation::kRelu, value,
                             Matrix<float>(1, 2), w)
                   ->share);
}

TEST(ReadOut, FindsTheExtremesOfAllScores) {
  const Model model =
      Model::open(std::string(EXCISE_SOURCE_DIR) + "/tests/golden/tiny-gpt2")
          .value();
  Matrix<float> directions(1, model.config.d_model);
  Random random(4);
  for (float& value : directions.values())
    value = static_cast<float>(random.normal());
  ComponentAnatomy anatomy;
  Readout readout(directions, model.weights.ln_final_weight(), {&anatomy});
  ASSERT_TRUE(read_out(model.weights, Progress(), readout));
  const StoredTensor& unembedding = model.weights.unembedding();
  Matrix<float> rows(unembedding.rows(), unembedding.cols());
  ASSERT_TRUE(unembedding.copy_rows(0, rows));
  std::vector<std::pair<double, int>> scores;
  for (size_t v = 0; v < rows.rows(); ++v) {
    double score = 0;
    for (size_t j = 0; j < rows.cols(); ++j) {
      score += double{directions(0, j)} * double{rows(v, j)} *
               double{model.weights.ln_final_weight()(0, j)};
    }
    scores.emplace_back(score, static_cast<int>(v));
  }
  std::ranges::sort(scores);
  ASSERT_EQ(anatomy.readout_high.size(), kAnatomyTokens);
  for (size_t i = 0; i < kAnatomyTokens; ++i) {
    EXPECT_EQ(anatomy.readout_low[i].token, scores[i].second);
    EXPECT_NEAR(anatomy.readout_low[i].score, scores[i].first, 1e-4);
    EXPECT_EQ(anatomy.readout_high[i].token,
              scores[scores.size() - 1 - i].second);
  }
}

}  // namespace
}  // namespace excise
