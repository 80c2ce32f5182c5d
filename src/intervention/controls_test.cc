#include "intervention/controls.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "math/linalg/product.h"
#include "math/linalg/symmetric.h"

namespace excise {
namespace {

Matrix<double> random_matrix(size_t rows, size_t cols, uint64_t seed) {
  Random random(seed);
  Matrix<double> matrix(rows, cols);
  for (double& value : matrix.values()) value = random.normal();
  return matrix;
}

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

class ControlsTest : public testing::Test {
 protected:
  const Matrix<double> a_ = random_matrix(9, 20, 1);
  const Neurons basis_;
  const ActivationSpace space_ =
      activation_space(basis_, converted<float>(a_.view())).value();
  // Neither orthogonal to each other nor of length 1.
  const Removed real_{random_matrix(9, 2, 2), random_matrix(2, 20, 3)};

  Removed draw(Control control, uint64_t stream = 0) {
    Random random(3, stream);
    auto drawn = draw_control(control, real_, space_, random);
    EXPECT_TRUE(drawn) << drawn.error().message;
    return std::move(*drawn);
  }
};

TEST_F(ControlsTest, RowSpaceIsThatOfTheActivations) {
  ASSERT_EQ(space_.row_space.rows(), 9U);
  // Projected on it, the activations stay as they are.
  const Matrix<double> inside =
      product(product_bt(space_.centred, space_.row_space), space_.row_space);
  EXPECT_LT(largest_difference(inside, space_.centred), 1e-10);
}

TEST_F(ControlsTest, RandomRankProjectsOut) {
  const Removed drawn = draw(Control::kRandomRank);
  ASSERT_EQ(drawn.atoms.rows(), 2U);
  // Nothing is left along the removed directions.
  Matrix<double> rest = space_.centred.clone();
  const Matrix<double> removed = product(drawn.codes, drawn.atoms);
  for (size_t i = 0; i < rest.size(); ++i)
    rest.values()[i] -= removed.values()[i];
  const Matrix<double> left = product_bt(rest, drawn.atoms);
  for (const double value : left.values()) EXPECT_NEAR(value, 0, 1e-12);
}

TEST_F(ControlsTest, NormMatchedKeepsWhatEachTokenLoses) {
  const Removed drawn = draw(Control::kNormMatched);
  EXPECT_LT(largest_difference(row_gram(product(drawn.codes, drawn.atoms)),
                               row_gram(product(real_.codes, real_.atoms))),
            1e-10);
  EXPECT_GT(largest_difference(product(drawn.codes, drawn.atoms),
                               product(real_.codes, real_.atoms)),
            0.1);
}

TEST_F(ControlsTest, NeuronShufflePermutesAtoms) {
  const Removed drawn = draw(Control::kNeuronShuffle);
  EXPECT_EQ(largest_difference(drawn.codes, real_.codes), 0);
  EXPECT_GT(largest_difference(drawn.atoms, real_.atoms), 0.01);
  EXPECT_LT(largest_difference(row_gram(drawn.atoms), row_gram(real_.atoms)),
            1e-12);
  std::vector<double> ours(drawn.atoms.row(0).begin(),
                           drawn.atoms.row(0).end());
  std::vector<double> theirs(real_.atoms.row(0).begin(),
                             real_.atoms.row(0).end());
  std::ranges::sort(ours);
  std::ranges::sort(theirs);
  EXPECT_EQ(ours, theirs);
}

TEST_F(ControlsTest, FollowTheSeed) {
  for (const Control control : kControls) {
    const Removed once = draw(control, 1);
    EXPECT_EQ(largest_difference(once.atoms, draw(control, 1).atoms), 0);
    EXPECT_GT(largest_difference(once.atoms, draw(control, 2).atoms), 0.01);
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
