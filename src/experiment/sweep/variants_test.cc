// Which variants there are, and what they change.
#include "experiment/sweep/variants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiment/sweep/variant_edits.h"
#include "intervention/bases/svd.h"
#include "math/linalg/column_space.h"
#include "math/linalg/product.h"
#include "testing/random_matrix.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> ids_of(const std::vector<Variant>& variants) {
  std::vector<std::string> ids;
  for (const Variant& variant : variants) ids.push_back(variant.id);
  return ids;
}

TEST(Variants, AreNamed) {
  EXPECT_THAT(*parse_variants("robustness,keep-only"),
              ElementsAre(VariantSet::kKeepOnly, VariantSet::kRobustness));
  EXPECT_THAT(*parse_variants(""), IsEmpty());
  EXPECT_THAT(*parse_variants("none"), IsEmpty());
  EXPECT_EQ(variants_text(*parse_variants("visible,keep-only")),
            "keep-only,visible");
  for (const char* wrong :
       {"keep", "keep-only,keep-only", "keep-only,", ",", "constant=3"}) {
    const auto parsed = parse_variants(wrong);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_THAT(parsed.error().message, HasSubstr("--variants"));
  }
}

TEST(Variants, AreThoseThatTheRemovalHas) {
  VariantOf of{.hook = HookPoint::kMlpPre,
               .has_means = true,
               .means = {Mean::kNeuron, Mean::kNeuron},
               .is_ranked = true,
               .remove = {0}};
  const std::vector<VariantSet> all = {
      VariantSet::kKeepOnly, VariantSet::kVisible, VariantSet::kRobustness};
  EXPECT_THAT(ids_of(variants_of(all, of)),
              ElementsAre("keep_only", "none_kept", "means_published",
                          "means_worded", "strength_half", "strength_double",
                          "without_first", "next_components"));
  of.hook = HookPoint::kMlpPost;
  of.has_means = of.is_ranked = false;
  EXPECT_THAT(ids_of(variants_of(all, of)),
              ElementsAre("keep_only", "none_kept", "visible", "strength_half",
                          "strength_double", "without_first"));
}

constexpr size_t kTokens = 7, kWidth = 12;

class VariantEdits : public testing::Test {
 protected:
  VariantEdits()
      : value_(random_activations(kTokens, kWidth, 5)),
        basis_(
            std::move(*fit_text_svd(value_, {Mean::kNeuron, Mean::kNeuron}))),
        removed_(*removed_by(*basis_, value_, components_)),
        W_out_(random_matrix(kWidth, 4, 8)) {}

  Matrix<float> change(const Variant& variant) const {
    Matrix<float> delta(kTokens, kWidth);
    const Status done = variant_change(
        variant, {*basis_, value_, components_, removed_}, W_out_, delta);
    EXPECT_TRUE(done) << done.error().message;
    return delta;
  }
  Matrix<float> removal(const std::vector<size_t>& components) const {
    Matrix<float> delta(kTokens, kWidth);
    EXPECT_TRUE(removal_change(*basis_, value_, components, delta));
    return delta;
  }

  const std::vector<size_t> components_ = {1};
  Matrix<float> value_;
  std::unique_ptr<const Decomposition> basis_;
  Removed removed_;
  Matrix<float> W_out_;
};

void expect_near(const Matrix<float>& a, const Matrix<float>& b) {
  for (size_t i = 0; i < a.size(); ++i)
    ASSERT_NEAR(a.values()[i], b.values()[i], 1e-5) << i;
}

TEST_F(VariantEdits, KeepOnlyAndRemovalAreComplements) {
  Matrix<float> sum = change({.kind = VariantKind::kKeepOnly});
  const Matrix<float> removed = removal({1});
  for (size_t i = 0; i < sum.size(); ++i)
    sum.values()[i] += removed.values()[i];
  expect_near(sum, change({.kind = VariantKind::kNoneKept}));
  // All that a complete basis leaves is the mean.
  const Matrix<float> none = change({.kind = VariantKind::kNoneKept});
  for (size_t j = 0; j < kWidth; ++j) {
    for (size_t t = 1; t < kTokens; ++t)
      EXPECT_NEAR(value_(t, j) + none(t, j), value_(0, j) + none(0, j), 1e-5);
  }
}

TEST_F(VariantEdits, ChoicesAreTheSameRemovalChosenOtherwise) {
  expect_near(change({.kind = VariantKind::kNext}), removal({2}));
  Matrix<float> half = removal({1});
  for (float& x : half.values()) x *= 0.5F;
  expect_near(change({.kind = VariantKind::kStrength, .strength = 0.5}), half);
  Matrix<float> rest = removal({1});
  std::ranges::fill(rest.row(0), 0.0F);
  expect_near(change({.kind = VariantKind::kWithoutFirst}), rest);
  const RemovalOperator published{Mean::kNone, Mean::kToken};
  Matrix<float> other(kTokens, kWidth);
  ASSERT_TRUE(removal_change(**fit_text_svd(value_, published), value_,
                             components_, other));
  expect_near(change({.kind = VariantKind::kMeans, .means = published}), other);
}

TEST_F(VariantEdits, VisibleRemovesTheUnitPartThatIsRead) {
  const Matrix<float> delta = change({.kind = VariantKind::kVisible});
  // v Q Q^T, of length 1.
  Matrix<double> v = *column_space_part(removed_.atoms, W_out_);
  double norm = 0;
  for (const double x : v.values()) norm += x * x;
  for (double& x : v.values()) x /= std::sqrt(norm);
  Matrix<double> centred =
      converted<double>(MatrixView<const float>(value_.view()));
  for (size_t t = 0; t < kTokens; ++t) basis_->centre(centred.row(t));
  const Matrix<double> codes = product_bt(centred, v);
  for (size_t t = 0; t < kTokens; ++t) {
    for (size_t j = 0; j < kWidth; ++j)
      EXPECT_NEAR(delta(t, j), -codes(t, 0) * v(0, j), 1e-5);
  }
}

TEST_F(VariantEdits, NextNeedsAComponentMore) {
  Matrix<float> delta(kTokens, kWidth);
  const std::vector<size_t> last = {basis_->n_components() - 1};
  const Removed removed = *removed_by(*basis_, value_, last);
  const Status done =
      variant_change({.kind = VariantKind::kNext},
                     {*basis_, value_, last, removed}, W_out_, delta);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kBadInput);
}

}  // namespace
}  // namespace excise
