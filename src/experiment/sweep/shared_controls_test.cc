#include "experiment/sweep/shared_controls.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "experiment/sweep/layer_editor.h"
#include "experiment/sweep/sweep_plan.h"
#include "math/linalg/svd.h"
#include "model/forward.h"
#include "model/kept_value.h"
#include "testing/bundled_model.h"

namespace excise {
namespace {

constexpr size_t kLayer = 3;

class SharedControlsTest : public testing::Test {
 protected:
  SharedControlsTest() {
    Spec spec;
    spec.source.corpus =
        std::string(EXCISE_SOURCE_DIR) + "/experiments/silver-blaze.txt";
    spec.preset = "pca";
    spec.layers = std::to_string(kLayer);
    spec.controls = {{Control::kRandomRank, 2}, {Control::kNormMatched, 2}};
    for (const char* text :
         {"The men of the house", "It was", "He said no more"})
      texts_.push_back(baker().tokenizer->encode(text).value());
    planner_.emplace(TextPlanner::prepare(baker(), spec, {}).value());
  }

  void share() {
    const SweepPlan any = planner_->plan(texts_[0]).value();
    ASSERT_TRUE(planner_->share_controls(any, texts_, {}));
  }

  // What a branch changes of each text, one below the other.
  Matrix<double> changes(size_t branch_of_layer) const {
    std::vector<Matrix<float>> deltas;
    size_t rows = 0;
    for (const std::vector<int>& ids : texts_) {
      const SweepPlan plan = planner_->plan(ids).value();
      Matrix<float> value;
      const std::vector<Hook> hooks = {
          keep_value(hook_name({plan.spec.hook, kLayer}), value)};
      EXPECT_TRUE(run_forward(baker().config, baker().weights, ids, hooks, {}));
      LayerEditor editor(plan, baker().weights);
      EXPECT_TRUE(editor.prepare(kLayer, value));
      Matrix<float>& delta = deltas.emplace_back(value.rows(), value.cols());
      const size_t branch =
          branch_of_layer == 0
              ? plan.branches.removal[0]
              : plan.branches.first_control[0] + branch_of_layer - 1;
      EXPECT_TRUE(editor.edit(kLayer, value, plan.branches.all[branch], delta));
      rows += delta.rows();
    }
    Matrix<double> all(rows, deltas[0].cols());
    size_t row = 0;
    for (const Matrix<float>& delta : deltas) {
      for (size_t t = 0; t < delta.rows(); ++t, ++row) {
        for (size_t j = 0; j < delta.cols(); ++j)
          all(row, j) = static_cast<double>(delta(t, j));
      }
    }
    return all;
  }

  // How many directions the changes of all texts have, up to float32.
  static size_t directions(const Matrix<double>& changes) {
    const Svd svd = thin_svd(changes.clone()).value();
    size_t count = 0;
    for (const double s : svd.singular_values)
      count += s > 1e-5 * svd.singular_values[0] ? 1 : 0;
    return count;
  }

  std::vector<std::vector<int>> texts_;
  std::optional<TextPlanner> planner_;
};

// One component and its mean are taken out, and put back as they were on
// average: one direction, or two with what the mean has beside it.
TEST_F(SharedControlsTest, ADrawIsOneEditOfAllTexts) {
  const size_t real = directions(changes(0));
  ASSERT_LE(real, 2U);
  EXPECT_GT(directions(changes(1)), real) << "each text drew for itself";
  share();
  EXPECT_EQ(directions(changes(0)), real);
  for (const size_t draw : {1, 2, 3, 4})
    EXPECT_EQ(directions(changes(draw)), real) << draw;
}

TEST_F(SharedControlsTest, NormMatchedKeepsSizesAndInnerProducts) {
  share();
  const Matrix<double> real = changes(0);
  for (const size_t draw : {3, 4}) {
    const Matrix<double> drawn = changes(draw);
    double most = 0, least_alike = 1;
    for (size_t t = 0; t < real.rows(); ++t) {
      for (size_t u = 0; u < real.rows(); ++u) {
        double of_real = 0, of_drawn = 0;
        for (size_t j = 0; j < real.cols(); ++j) {
          of_real += real(t, j) * real(u, j);
          of_drawn += drawn(t, j) * drawn(u, j);
        }
        most = std::max(most, std::abs(of_real));
        EXPECT_NEAR(of_drawn, of_real, 1e-4 * most + 1e-6);
        if (t == u) {
          double both = 0;
          for (size_t j = 0; j < real.cols(); ++j)
            both += real(t, j) * drawn(t, j);
          least_alike = std::min(least_alike, std::abs(both) / of_real);
        }
      }
    }
    EXPECT_LT(least_alike, 0.9) << "the direction did not turn";
  }
}

TEST(DrawnTexts, AreOfEnoughTokensByTheSeed) {
  const std::vector<size_t> tokens(100, 30);
  const std::vector<size_t> drawn = drawn_texts(tokens, 1);
  EXPECT_EQ(drawn.size(), 9U);  // 270 tokens
  EXPECT_TRUE(std::ranges::is_sorted(drawn));
  EXPECT_EQ(drawn, drawn_texts(tokens, 1));
  EXPECT_NE(drawn, drawn_texts(tokens, 2));
  EXPECT_EQ(drawn_texts(std::vector<size_t>{5, 7}, 1).size(), 2U);
  EXPECT_EQ(drawn_texts(std::vector<size_t>{1000, 1000}, 1).size(), 1U);
}

TEST_F(SharedControlsTest, HangsOnTheSeedAlone) {
  share();
  const Matrix<double> first = changes(1);
  share();
  const Matrix<double> again = changes(1);
  for (size_t i = 0; i < first.size(); ++i)
    ASSERT_EQ(first.values()[i], again.values()[i]);
}

}  // namespace
}  // namespace excise
