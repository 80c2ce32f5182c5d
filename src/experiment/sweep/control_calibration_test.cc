// Whether a p that is called one is: under the null that it states, P(p <= a)
// is a at every attainable a. From the draws themselves through their effects,
// which are no linear function of the change, to the p of a result.
// EXCISE_CALIBRATION_RUNS sets how many results are drawn.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "experiment/sweep/control_summary.h"
#include "intervention/bases/svd.h"
#include "math/linalg/product.h"
#include "math/linalg/random_directions.h"
#include "testing/calibration_tally.h"

namespace excise {
namespace {

constexpr size_t kTokens = 10;
constexpr size_t kNeurons = 16;
constexpr size_t kRepeats = 40;
constexpr size_t kLayers = 6;

// A layer's activations, one direction of which is large, and what a change of
// them costs each token.
class Layer {
 public:
  explicit Layer(Random& random)
      : a_(kTokens, kNeurons), weights_(kTokens, kNeurons) {
    std::vector<double> direction(kNeurons);
    for (double& value : direction) value = random.normal() + 1;
    for (size_t t = 0; t < kTokens; ++t) {
      const double size = 1 + 2 * random.uniform();
      for (size_t j = 0; j < kNeurons; ++j) {
        a_(t, j) = static_cast<float>(random.normal() + size * direction[j]);
        weights_(t, j) = random.normal();
      }
    }
    basis_ = fit_text_svd(a_, {Mean::kNone, Mean::kToken}).value();
    space_ = activation_space(*basis_, a_).value();
  }

  // The mean over tokens, 0 for no change; heavy-tailed.
  double effect(MatrixView<const float> delta) const {
    double sum = 0;
    for (size_t t = 0; t < kTokens; ++t) {
      double token = 0;
      for (size_t j = 0; j < kNeurons; ++j) {
        const auto a = static_cast<double>(a_(t, j));
        const auto moved = a + static_cast<double>(delta(t, j));
        token += weights_(t, j) * (std::tanh(moved) - std::tanh(a));
      }
      sum += token * std::abs(token);
    }
    return sum / kTokens;
  }

  // What a random removal subtracts.
  Removed random_removal(Random& random) const {
    Matrix<double> directions =
        random_directions(space_.row_space, 1, random).value();
    return {product_bt(space_.centred, directions), std::move(directions)};
  }

  const Matrix<float>& a() const { return a_; }
  const Decomposition& basis() const { return *basis_; }
  const ActivationSpace& space() const { return space_; }

 private:
  Matrix<float> a_;
  Matrix<double> weights_;
  std::unique_ptr<const Decomposition> basis_;
  ActivationSpace space_;
};

// The edit is one more removal along a random direction.
ControlSummary random_rank_null(MeanExchange mean, Random& random) {
  const Layer layer(random);
  const Removed real = layer.random_removal(random);
  Matrix<float> delta(kTokens, kNeurons);
  EXPECT_TRUE(
      change_without(layer.basis(), layer.a(), real, mean, delta.view()));
  ControlSummary summary;
  summary.control = Control::kRandomRank;
  summary.edit_mean = layer.effect(delta);
  ControlSource source(layer.basis(), real, drawn_from(layer.space()), mean);
  for (size_t r = 0; r < kRepeats; ++r) {
    EXPECT_TRUE(source.draw(Control::kRandomRank, layer.a(), random, delta));
    summary.mean.push_back(layer.effect(delta));
  }
  take_standing(summary);
  return summary;
}

// The edit's change is itself a draw of the law that its controls have.
ControlSummary norm_matched_null(MeanExchange mean, Random& random) {
  const Layer layer(random);
  const Removed first = removed_by(layer.basis(), layer.a(), {{0}}).value();
  const ChangeParts parts =
      take_apart(exact_change(layer.basis(), layer.a(), first, mean),
                 layer.space().row_space);
  Matrix<double> real =
      draw_norm_matched(parts, layer.space().row_space, random).value();
  ControlSummary summary;
  summary.control = Control::kNormMatched;
  summary.edit_mean =
      layer.effect(converted<float>(MatrixView<const double>(real)));
  const ChangeParts of_real =
      take_apart(std::move(real), layer.space().row_space);
  for (size_t r = 0; r < kRepeats; ++r) {
    const Matrix<double> drawn =
        draw_norm_matched(of_real, layer.space().row_space, random).value();
    summary.mean.push_back(layer.effect(converted<float>(drawn.view())));
  }
  take_standing(summary);
  return summary;
}

using Null = std::function<ControlSummary(MeanExchange, Random&)>;

// Shares of p at or below `level`, whatever p(run) is.
void expect_share(double share, double level, size_t count,
                  const std::string& what) {
  constexpr double kErrors = 3.5;
  const double error =
      std::sqrt(level * (1 - level) / static_cast<double>(count));
  EXPECT_NEAR(share, level, kErrors * error) << what;
  std::cout << what << ": P(p <= " << level << ") = " << share << " of "
            << count << "\n";
}

void expect_calibrated(const Null& null, MeanExchange mean,
                       const std::string& what) {
  const size_t count = calibration_runs(600);
  const double step = 2.0 / (kRepeats + 1);
  const std::vector<double> levels = {step, 2 * step, 5 * step, 10 * step};
  std::vector<size_t> at_or_below(levels.size());
  size_t worse = 0;
  size_t less = 0;
  for (size_t run = 0; run < count; ++run) {
    Random random(23, run);
    const ControlSummary summary = null(mean, random);
    for (size_t i = 0; i < levels.size(); ++i)
      at_or_below[i] += *summary.p_two_sided <= levels[i] + 1e-12 ? 1 : 0;
    worse += summary.standing == Standing::kWorse ? 1 : 0;
    less += summary.standing == Standing::kLessHarmful ? 1 : 0;
  }
  const auto share = [&](size_t found) {
    return static_cast<double>(found) / static_cast<double>(count);
  };
  for (size_t i = 0; i < levels.size(); ++i)
    expect_share(share(at_or_below[i]), levels[i], count, what);
  expect_share(share(worse), step / 2, count, what + ", worse");
  expect_share(share(less), step / 2, count, what + ", less harmful");
}

TEST(ControlCalibration, RandomRankOfARandomRemoval) {
  expect_calibrated(&random_rank_null, MeanExchange::kAsOperator,
                    "random-rank, preset");
  expect_calibrated(&random_rank_null, MeanExchange::kNone,
                    "random-rank, removed");
}

TEST(ControlCalibration, NormMatchedOfADrawOfItsLaw) {
  expect_calibrated(&norm_matched_null, MeanExchange::kAsOperator,
                    "norm-matched, preset");
  expect_calibrated(&norm_matched_null, MeanExchange::kNone,
                    "norm-matched, removed");
}

// Of a whole sweep, whose layers differ in scale by 100: the one p, that of a
// layer (no more often than the sweep's), and how many layers chance finds.
TEST(ControlCalibration, MaxStatisticOverLayersOfDifferentScale) {
  const size_t count = calibration_runs(300);
  const double step = 1.0 / (kRepeats + 1);
  size_t first = 0, second = 0, any_layer = 0, beyond = 0, any_beyond = 0;
  for (size_t run = 0; run < count; ++run) {
    Random random(29, run);
    std::vector<ControlSummary> layers;
    std::vector<ControlSummary*> pointers;
    std::vector<size_t> numbers;
    for (size_t l = 0; l < kLayers; ++l) {
      layers.push_back(norm_matched_null(MeanExchange::kAsOperator, random));
      const double scale = l % 2 == 0 ? 100 : 1;
      *layers.back().edit_mean *= scale;
      for (double& mean : layers.back().mean) mean *= scale;
    }
    for (ControlSummary& layer : layers) {
      numbers.push_back(pointers.size());
      pointers.push_back(&layer);
    }
    const ControlHeadline headline =
        compare_over_layers(pointers, numbers).value();
    first += *headline.p_max <= step + 1e-12 ? 1 : 0;
    second += *headline.p_max <= 2 * step + 1e-12 ? 1 : 0;
    any_layer += headline.layers_p_max.empty() ? 0 : 1;
    const size_t found =
        headline.layers_worse.size() + headline.layers_less_harmful.size();
    beyond += found;
    any_beyond += found > 0 ? 1 : 0;
    EXPECT_DOUBLE_EQ(headline.level, 2 * step);
  }
  const auto share = [&](size_t found, size_t of) {
    return static_cast<double>(found) / static_cast<double>(of);
  };
  expect_share(share(first, count), step, count, "max statistic");
  expect_share(share(second, count), 2 * step, count, "max statistic");
  expect_share(share(any_layer, count), 2 * step, count,
               "max statistic, some layer");
  expect_share(share(beyond, count * kLayers), 2 * step, count * kLayers,
               "layers beyond");
  expect_share(share(any_beyond, count), 1 - std::pow(1 - 2 * step, kLayers),
               count, "at least one layer beyond");
}

}  // namespace
}  // namespace excise
