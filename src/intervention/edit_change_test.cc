#include "intervention/edit_change.h"

#include <gtest/gtest.h>

#include <utility>

#include "intervention/linear_basis.h"

namespace excise {
namespace {

LinearBasis two_classes() {
  LinearParts parts;
  parts.basis = "diff-means";
  parts.atoms = Matrix<double>(2, 3);
  parts.atoms(0, 0) = 2;
  parts.atoms(1, 2) = 1;
  parts.class_codes = Matrix<double>(2, 2);
  parts.class_codes(0, 0) = 0.5;
  parts.class_codes(1, 1) = 3;
  parts.mean.resize(3);
  return LinearBasis(std::move(parts));
}

TEST(ClassAddition, IsTheMeanCodesAlongTheAtoms) {
  const LinearBasis basis = two_classes();
  EXPECT_EQ(class_addition(basis, {{0, 1}}, 1, 2, "edit").value(),
            (std::vector<double>{0, 0, 6}));
  EXPECT_EQ(class_addition(basis, {{0}}, 0, 3, "edit").value(),
            (std::vector<double>{3, 0, 0}));
  const auto refused = class_addition(basis, {{0}}, 2, 1, "edit");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("[edit] adding class 2: expected 0 "
                                         "to 1, got basis diff-means"),
            0);
}

TEST(LimitChange, ScalesEditedTokensAndClearsTheOthers) {
  Matrix<float> delta(2, 2);
  fill_rows(std::vector<double>{1, -3}, delta);
  limit_change(
      0.5, [](size_t t) { return t == 1; }, delta);
  EXPECT_EQ(delta(0, 0), 0);
  EXPECT_EQ(delta(0, 1), 0);
  EXPECT_EQ(delta(1, 0), 0.5F);
  EXPECT_EQ(delta(1, 1), -1.5F);
}

}  // namespace
}  // namespace excise
