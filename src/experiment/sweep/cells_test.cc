#include "experiment/sweep/cells.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/random.h"
#include "intervention/bases/svd.h"

namespace excise {
namespace {

Matrix<float> made_activations(size_t tokens, size_t neurons) {
  Random random(5);
  Matrix<float> a(tokens, neurons);
  for (float& value : a.values())
    value = static_cast<float>(random.normal() - 0.7);
  return a;
}

double inner(const Matrix<double>& a, const Matrix<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a.values()[i] * b.values()[i];
  return sum;
}

class CellChangesTest : public testing::Test {
 protected:
  const Matrix<float> a_ = made_activations(9, 14);
};

// The definition, from whole matrices.
TEST_F(CellChangesTest, AreThoseOfTheChanges) {
  for (const RemovalOperator op :
       {RemovalOperator{Mean::kNone, Mean::kToken},
        RemovalOperator{Mean::kNone, Mean::kNeuron},
        RemovalOperator{Mean::kNeuron, Mean::kToken}}) {
    const auto basis = fit_text_svd(a_, op).value();
    const Removed removed = removed_by(*basis, a_, {{0, 2}}).value();
    const auto change = [&](MeanExchange mean) {
      return exact_change(*basis, a_, removed, mean);
    };
    const Matrix<double> preset = change(MeanExchange::kAsOperator);
    const Matrix<double> taken = change(MeanExchange::kNone);
    const Removed nothing{Matrix<double>(9, 0), Matrix<double>(0, 14)};
    const Matrix<double> empty =
        exact_change(*basis, a_, nothing, MeanExchange::kAsOperator);
    const Matrix<double> a = converted<double>(a_.view());
    const auto size = [&](const Matrix<double>& x) {
      return std::sqrt(inner(x, x));
    };
    const auto cosine = [&](const Matrix<double>& x, const Matrix<double>& y) {
      return inner(x, y) / size(x) / size(y);
    };

    const CellChanges changes = cell_changes(*basis, a_, removed, {}, 1);
    EXPECT_NEAR(changes.preset, size(preset) / size(a), 1e-12);
    EXPECT_NEAR(changes.removed, size(taken) / size(a), 1e-12);
    EXPECT_NEAR(changes.empty, size(empty) / size(a), 1e-12);
    EXPECT_NEAR(*changes.cos_empty_removed, cosine(empty, taken), 1e-12);
    EXPECT_NEAR(*changes.cos_empty_preset, cosine(empty, preset), 1e-12);
    EXPECT_NEAR(*changes.cos_removed_preset, cosine(taken, preset), 1e-12);
  }
}

TEST_F(CellChangesTest, FindTheRestoredMeanInWhatIsRemoved) {
  const auto inside = [&](RemovalOperator op, std::vector<size_t> components) {
    const auto basis = fit_text_svd(a_, op).value();
    const Removed removed = removed_by(*basis, a_, components).value();
    return cell_changes(*basis, a_, removed, {}, 1).restored_mean_in_removed;
  };
  // The mean over tokens is in the row space, so all components have it.
  EXPECT_NEAR(
      *inside({Mean::kNone, Mean::kNeuron}, {0, 1, 2, 3, 4, 5, 6, 7, 8}), 1,
      1e-9);
  const double first = *inside({Mean::kNone, Mean::kNeuron}, {0});
  EXPECT_GT(first, 0.5);  // the mean is what these activations have most of
  EXPECT_LT(first, 1);
  // A token's mean is the same at all neurons.
  const auto basis = fit_text_svd(a_, {Mean::kNone, Mean::kToken}).value();
  const Matrix<double> atom = basis->atoms({{1}}).value();
  double sum = 0;
  for (const double value : atom.values()) sum += value / std::sqrt(14.0);
  EXPECT_NEAR(*inside({Mean::kNone, Mean::kToken}, {1}), std::abs(sum), 1e-12);
  EXPECT_FALSE(inside({Mean::kNeuron, Mean::kNone}, {0}));
}

TEST_F(CellChangesTest, FollowTheEditedTokensAndTheStrength) {
  const auto basis = fit_text_svd(a_, {Mean::kNone, Mean::kToken}).value();
  const Removed removed = removed_by(*basis, a_, {{0}}).value();
  std::vector<uint8_t> all(9, 1);
  const CellChanges whole = cell_changes(*basis, a_, removed, all, 1);
  const CellChanges half = cell_changes(*basis, a_, removed, all, 0.5);
  EXPECT_NEAR(half.removed, whole.removed / 2, 1e-12);
  EXPECT_NEAR(*half.cos_empty_removed, *whole.cos_empty_removed, 1e-12);
  all[0] = 0;
  const CellChanges rest = cell_changes(*basis, a_, removed, all, 1);
  EXPECT_LT(rest.removed, whole.removed);
  EXPECT_FALSE(
      cell_changes(*basis, a_, removed, all, 0).cos_empty_removed.has_value());
}

TEST(ParseCells, KnowsItsNames) {
  EXPECT_EQ(parse_cells("all").value(), Cells::kAll);
  EXPECT_EQ(parse_cells("preset").value(), Cells::kPreset);
  EXPECT_FALSE(parse_cells("some"));
}

}  // namespace
}  // namespace excise
