#include "intervention/controls.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "math/linalg/product.h"
#include "math/linalg/symmetric.h"
#include "testing/random_matrix.h"

namespace excise {
namespace {

double largest_difference(const Matrix<double>& a, const Matrix<double>& b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::abs(a.values()[i] - b.values()[i]));
  return largest;
}

// Takes single neurons, so its row space needs a decomposition of its own.
class Neurons : public Decomposition {
 public:
  std::string_view basis() const override { return "neurons"; }
  size_t n_components() const override { return 20; }
  size_t n_neurons() const override { return 20; }
  Result<Matrix<double>> encode(
      MatrixView<const float> a,
      std::span<const size_t> components) const override {
    Matrix<double> codes(a.rows(), components.size());
    for (size_t t = 0; t < a.rows(); ++t) {
      for (size_t i = 0; i < components.size(); ++i)
        codes(t, i) = a(t, components[i]);
    }
    return codes;
  }
  Result<Matrix<double>> atoms(
      std::span<const size_t> components) const override {
    Matrix<double> atoms(components.size(), n_neurons());
    for (size_t i = 0; i < components.size(); ++i) atoms(i, components[i]) = 1;
    return atoms;
  }
};

// The same with a mean that is taken off and another put back.
class Exchanging final : public Neurons {
 public:
  void centre(std::span<double> row) const override {
    for (double& value : row) value -= 0.25;
  }
  void add_mean_change(std::span<const float> a,
                       std::span<double> row) const override {
    double mean = 0;
    for (const float value : a) mean += static_cast<double>(value);
    for (double& value : row)
      value += mean / static_cast<double>(row.size()) - 0.25;
  }
  bool identity_when_empty() const override { return false; }
};

class ControlsTest : public testing::Test {
 protected:
  const Matrix<double> a_ = random_matrix<double>(9, 20, 1);
  const Matrix<float> floats_ = converted<float>(a_.view());
  const Exchanging basis_;
  const ActivationSpace space_ = activation_space(basis_, floats_).value();
  // Neither orthogonal to each other nor of length 1.
  const Removed real_{random_matrix<double>(9, 2, 2),
                      random_matrix<double>(2, 20, 3)};

  Matrix<double> draw(Control control, MeanExchange mean,
                      uint64_t stream = 0) const {
    Random random(3, stream);
    Matrix<float> delta(9, 20);
    ControlSource source(basis_, real_, drawn_from(space_), mean);
    const Status drawn = source.draw(control, floats_, random, delta);
    EXPECT_TRUE(drawn) << drawn.error().message;
    return converted<double>(MatrixView<const float>(delta));
  }

  Matrix<double> real_change(MeanExchange mean) const {
    return exact_change(basis_, floats_, real_, mean);
  }

  Matrix<double> projected(const Matrix<double>& change) const {
    return product(product_bt(change, space_.row_space), space_.row_space);
  }

  Matrix<double> mean_change() const {
    return exact_change(basis_, floats_,
                        {Matrix<double>(9, 0), Matrix<double>(0, 20)},
                        MeanExchange::kAsOperator);
  }
};

constexpr std::array kMeans = {MeanExchange::kNone, MeanExchange::kAsOperator};
constexpr double kFloat = 1e-6;  // deltas are rounded to float

Matrix<double> difference(Matrix<double> a, const Matrix<double>& b) {
  for (size_t i = 0; i < a.size(); ++i) a.values()[i] -= b.values()[i];
  return a;
}

TEST_F(ControlsTest, RowSpaceIsThatOfTheActivations) {
  ASSERT_EQ(space_.row_space.rows(), 9U);
  // Projected on it, the activations stay as they are.
  EXPECT_LT(largest_difference(projected(space_.centred), space_.centred),
            1e-10);
}

TEST_F(ControlsTest, RandomRankProjectsOut) {
  const Matrix<double> change = draw(Control::kRandomRank, MeanExchange::kNone);
  // What is taken is a projection: two directions, and nothing left of them.
  std::vector<double> values = eigenvalues(row_gram(change)).value();
  EXPECT_GT(values[1], 0.1);
  EXPECT_LT(values[2], 1e-9);
  Matrix<double> rest = space_.centred.clone();
  for (size_t i = 0; i < rest.size(); ++i)
    rest.values()[i] += change.values()[i];
  const Matrix<double> left = product_bt(rest, change);
  for (const double value : left.values()) EXPECT_NEAR(value, 0, 1e-5);
}

// The mean is exchanged as in the cell, and the directions are the same ones.
TEST_F(ControlsTest, DrawsOfTwoCellsDifferByTheMeanAlone) {
  for (const Control control :
       {Control::kRandomRank, Control::kNeuronShuffle}) {
    const Matrix<double> with = draw(control, MeanExchange::kAsOperator);
    const Matrix<double> without = draw(control, MeanExchange::kNone);
    EXPECT_LT(
        largest_difference(difference(with.clone(), without), mean_change()),
        kFloat);
  }
}

// Every token's change keeps its size, every two their inner product, and what
// lies outside the row space stays; before anything is rounded, to 2e-15.
TEST_F(ControlsTest, NormMatchedKeepsTheGeometryOfTheNetChange) {
  for (const MeanExchange mean : kMeans) {
    const Matrix<double> real = real_change(mean);
    const ChangeParts parts = take_apart(real.clone(), space_.row_space);
    // Two components, and the one direction of both means.
    EXPECT_EQ(parts.codes.cols(), mean == MeanExchange::kNone ? 2U : 3U);
    Random random(3, 0);
    const Matrix<double> drawn =
        draw_norm_matched(parts, space_.row_space, random).value();
    const Matrix<double> gram = row_gram(real);
    double size = 0;
    for (size_t t = 0; t < gram.rows(); ++t) size = std::max(size, gram(t, t));
    EXPECT_LT(largest_difference(row_gram(drawn), gram) / size, 2e-15);
    EXPECT_GT(largest_difference(drawn, real), 0.1);
    const auto outside = [&](const Matrix<double>& change) {
      return difference(change.clone(), projected(change));
    };
    EXPECT_LT(largest_difference(outside(drawn), outside(real)), 1e-13);
    EXPECT_LT(largest_difference(draw(Control::kNormMatched, mean), drawn),
              kFloat);
  }
}

// Over many draws the change in the row space points nowhere.
TEST_F(ControlsTest, NormMatchedPointsAnywhereInTheRowSpace) {
  const ChangeParts parts =
      take_apart(real_change(MeanExchange::kAsOperator), space_.row_space);
  constexpr size_t kDraws = 4000;
  Matrix<double> mean(9, 20);
  for (size_t i = 0; i < kDraws; ++i) {
    Random random(4, i);
    const Matrix<double> drawn =
        draw_norm_matched(parts, space_.row_space, random).value();
    for (size_t j = 0; j < mean.size(); ++j)
      mean.values()[j] += drawn.values()[j] / kDraws;
  }
  double largest = 0;
  for (const double value : parts.codes.values())
    largest = std::max(largest, std::abs(value));
  EXPECT_LT(largest_difference(mean, parts.outside), 0.05 * largest);
}

TEST_F(ControlsTest, NormMatchedNeedsRoomToTurn) {
  const Matrix<double> few = random_matrix<double>(2, 20, 1);
  const Matrix<float> a = converted<float>(few.view());
  const ActivationSpace space = activation_space(basis_, a).value();
  ASSERT_EQ(space.row_space.rows(), 2U);
  const Removed real{random_matrix<double>(2, 1, 2),
                     random_matrix<double>(1, 20, 3)};
  ControlSource source(basis_, real, drawn_from(space),
                       MeanExchange::kAsOperator);
  Random random(3, 0);
  Matrix<float> delta(2, 20);
  const Status drawn = source.draw(Control::kNormMatched, a, random, delta);
  ASSERT_FALSE(drawn);
  EXPECT_EQ(drawn.error().code, ErrorCode::kBadInput);
  EXPECT_NE(drawn.error().message.find("expected more than 2"),
            std::string::npos)
      << drawn.error().message;
  // One direction of two can turn.
  ControlSource alone(basis_, real, drawn_from(space), MeanExchange::kNone);
  EXPECT_TRUE(alone.draw(Control::kNormMatched, a, random, delta));
}

TEST_F(ControlsTest, NeuronShufflePermutesAtoms) {
  const Matrix<double> drawn =
      draw(Control::kNeuronShuffle, MeanExchange::kNone);
  const Matrix<double> real = real_change(MeanExchange::kNone);
  EXPECT_GT(largest_difference(drawn, real), 0.01);
  for (size_t t = 0; t < real.rows(); ++t) {
    std::vector<double> ours(drawn.row(t).begin(), drawn.row(t).end());
    std::vector<double> theirs(real.row(t).begin(), real.row(t).end());
    std::ranges::sort(ours);
    std::ranges::sort(theirs);
    for (size_t j = 0; j < ours.size(); ++j)
      EXPECT_NEAR(ours[j], theirs[j], kFloat);
  }
}

TEST_F(ControlsTest, FollowTheSeed) {
  for (const Control control :
       {Control::kRandomRank, Control::kNormMatched, Control::kNeuronShuffle}) {
    for (const MeanExchange mean : kMeans) {
      const Matrix<double> once = draw(control, mean, 1);
      EXPECT_EQ(largest_difference(once, draw(control, mean, 1)), 0);
      EXPECT_GT(largest_difference(once, draw(control, mean, 2)), 0.01);
    }
  }
}

TEST(ParseControl, KnowsItsNamesAndNearOnes) {
  for (const Control control : kControls)
    EXPECT_EQ(parse_control(control_name(control)).value(), control);
  const auto wrong = parse_control("norm-match");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("did you mean norm-matched?"),
            std::string::npos);
}

}  // namespace
}  // namespace excise
