// What must hold for fitted bases, whatever the data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.h"
#include "intervention/bases/moments.h"
#include "intervention/bases/registry.h"
#include "intervention/bases/svd.h"
#include "intervention/linear_basis.h"
#include "math/linalg/leading_eigen.h"
#include "math/linalg/product.h"
#include "testing/made_data.h"

namespace excise {
namespace {

using testing::HasSubstr;

// More tokens than neurons, and fewer.
class EveryBasis
    : public testing::TestWithParam<std::tuple<std::string, size_t>> {
 protected:
  const std::string basis_ = std::get<0>(GetParam());
  const Data data_ = [this] {
    Data data = made(std::get<1>(GetParam()), 48);
    if (basis_ != "first-pc") return data;
    for (size_t t = 0; t < data.classes.size(); ++t) {
      data.pairs.push_back(static_cast<int>(t % 7));
    }
    return data;
  }();
};

TEST_P(EveryBasis, WithNothingRemovedNothingChanges) {
  const auto basis = fitted(basis_, data_);
  EXPECT_EQ(basis->basis(), basis_);
  EXPECT_EQ(basis->n_neurons(), 48);
  EXPECT_TRUE(basis->identity_when_empty());
  EXPECT_EQ(largest_difference(without(*basis, data_.a, {}), data_.a), 0);
}

TEST_P(EveryBasis, RemovingIsAProjection) {
  const auto basis = fitted(basis_, data_);
  const auto all = all_components(*basis);
  const Matrix<float> once = without(*basis, data_.a, all);
  EXPECT_GT(largest_difference(once, data_.a), 0.01);
  const Matrix<float> twice = without(*basis, once, all);
  EXPECT_LT(largest_difference(twice, once), 2e-4);
  // Afterwards the codes are gone.
  const auto codes = basis->encode(once, all).value();
  const auto before = basis->encode(data_.a, all).value();
  double largest = 0;
  for (const double value : before.values())
    largest = std::max(largest, std::abs(value));
  for (const double value : codes.values())
    EXPECT_NEAR(value, 0, 1e-4 * largest);
}

TEST_P(EveryBasis, AtomsPointToTheirLargestEntry) {
  const auto basis = fitted(basis_, data_);
  const auto atoms = basis->atoms(all_components(*basis)).value();
  for (size_t k = 0; k < atoms.rows(); ++k) {
    const auto [low, high] = std::ranges::minmax(atoms.row(k));
    EXPECT_GE(high, -low);
  }
}

TEST_P(EveryBasis, TheSameSeedGivesTheSame) {
  const auto one = fitted(basis_, data_, {.seed = 5});
  const auto two = fitted(basis_, data_, {.seed = 5});
  const auto all = all_components(*one);
  EXPECT_TRUE(std::ranges::equal(one->atoms(all).value().values(),
                                 two->atoms(all).value().values()));
}

INSTANTIATE_TEST_SUITE_P(
    Bases, EveryBasis,
    testing::Combine(testing::Values("svd", "ica", "ged", "diff-means", "leace",
                                     "first-pc", "neurons", "random"),
                     testing::Values(30, 300)),
    [](const auto& instance) {
      std::string name = std::get<0>(instance.param);
      std::ranges::replace(name, '-', '_');
      return name + std::to_string(std::get<1>(instance.param));
    });

TEST(Svd, FromMomentsIsThatOfTheTokens) {
  const Data data = made(300, 48);
  const MatrixActivations<float> activations(data.a.view());
  for (const Mean centre : {Mean::kNone, Mean::kNeuron, Mean::kToken}) {
    for (const Mean restore : {Mean::kNone, Mean::kNeuron, Mean::kToken}) {
      const LinearBasis frozen(
          svd_parts(activations, {centre, restore}, 5, 0).value());
      const auto text = fit_text_svd(data.a, {centre, restore}).value();
      const auto got = without(frozen, data.a, {{1, 3}});
      const auto want = without(*text, data.a, {{1, 3}});
      EXPECT_LT(largest_difference(got, want), 1e-5);
      for (size_t k = 0; k < 5; ++k) {
        EXPECT_NEAR(frozen.parts().values[k], text->singular_values()[k],
                    1e-10 * text->singular_values()[0]);
      }
    }
  }
}

TEST(Svd, AllComponentsReconstruct) {
  for (const size_t tokens : {30, 300}) {
    const Data data = made(tokens, 48);
    const auto basis =
        fitted("svd", data, {.components = std::min<size_t>(tokens - 1, 48)});
    const Matrix<float> rest = without(*basis, data.a, all_components(*basis));
    const auto& mean = dynamic_cast<const LinearBasis&>(*basis).parts().mean;
    for (size_t t = 0; t < tokens; ++t) {
      for (size_t j = 0; j < 48; ++j) EXPECT_NEAR(rest(t, j), mean[j], 1e-4);
    }
    EXPECT_NEAR(energy_share(*basis, data.a, all_components(*basis)).value(),
                100, 1e-6);
  }
}

// A mean a million times the spread, as sums of squares would not survive.
TEST(Moments, AreRelativeToTheFirstRows) {
  Random random(4);
  Matrix<double> rows(500, 3);
  for (double& value : rows.values()) value = 1e6 + random.normal();
  Moments moments(3);
  moments.add(converted<double>(std::as_const(rows).view().row_range(0, 200)));
  moments.add(
      converted<double>(std::as_const(rows).view().row_range(200, 300)));
  for (size_t t = 0; t < 500; ++t) {
    for (double& value : rows.row(t)) value -= 1e6;
  }
  std::array<double, 3> mean{};
  for (size_t t = 0; t < 500; ++t) {
    for (size_t j = 0; j < 3; ++j) mean[j] += rows(t, j) / 500;
  }
  double want = 0;
  for (size_t t = 0; t < 500; ++t)
    want += (rows(t, 0) - mean[0]) * (rows(t, 1) - mean[1]);
  EXPECT_EQ(moments.count(), 500);
  EXPECT_NEAR(moments.mean()[2], 1e6 + mean[2], 1e-8);
  EXPECT_NEAR(moments.scatter()(0, 1), want, 1e-7);
  EXPECT_NEAR(moments.products()(0, 1),
              500 * moments.mean()[0] * moments.mean()[1] + want, 1);
}

TEST(Ica, SourcesAreWhiteAndReconstruct) {
  const Data data = made(300, 48);
  const auto basis = fitted("ica", data, {.components = 6});
  const auto sources = basis->encode(data.a, all_components(*basis)).value();
  const auto gram = product_at(sources, sources);
  for (size_t i = 0; i < 6; ++i) {
    for (size_t j = 0; j < 6; ++j)
      EXPECT_NEAR(gram(i, j) / 300, i == j ? 1 : 0, 1e-6);
  }
  // Six sources and a little noise.
  EXPECT_GT(energy_share(*basis, data.a, all_components(*basis)).value(), 99);
}

TEST(Random, DirectionsAreOrthonormalAndInTheRowSpace) {
  for (const size_t tokens : {30, 300}) {
    const Data data = made(tokens, 48);
    const auto basis = fitted("random", data, {.components = 5, .seed = 3});
    const auto atoms = basis->atoms(all_components(*basis)).value();
    const auto gram = product_bt(atoms, atoms);
    for (size_t i = 0; i < 5; ++i) {
      for (size_t j = 0; j < 5; ++j)
        EXPECT_NEAR(gram(i, j), i == j ? 1 : 0, 1e-9);
    }
    const auto span =
        fitted("svd", data, {.components = std::min<size_t>(tokens - 1, 48)});
    const auto inside =
        product_bt(atoms, span->atoms(all_components(*span)).value());
    for (size_t i = 0; i < 5; ++i) {
      const auto row = inside.row(i);
      EXPECT_NEAR(std::inner_product(row.begin(), row.end(), row.begin(), 0.0),
                  1, 1e-9);
    }
    const auto other =
        fitted("random", data, {.components = 5, .seed = 3, .stream = 1});
    EXPECT_NE(other->atoms({{0}}).value()(0, 0), atoms(0, 0));
  }
}

TEST(DiffMeans, MakesTheMeansEqual) {
  const Data data = made(300, 48);
  const auto basis = fitted("diff-means", data);
  const Matrix<float> edited = without(*basis, data.a, {{0}});
  const MatrixActivations<float> activations(edited.view());
  const FitInput input{activations, data.classes, {}};
  const auto sizes = class_sizes(input, "", true).value();
  const auto means = class_means(input, sizes).value();
  for (size_t j = 0; j < 48; ++j) EXPECT_NEAR(means(0, j), means(1, j), 1e-5);
}

TEST(Ged, AtomAndFilterOfAComponentAreDual) {
  const Data data = made(300, 48);
  const auto basis = fitted("ged", data, {.components = 4});
  const auto& parts = dynamic_cast<const LinearBasis&>(*basis).parts();
  const auto gram = product_bt(parts.filters, parts.atoms);
  for (size_t i = 0; i < 4; ++i) {
    for (size_t j = 0; j < 4; ++j)
      EXPECT_NEAR(gram(i, j), i == j ? 1 : 0, 1e-9);
  }
}

TEST(ClassCodes, AreTheMeanCodesOfEachClass) {
  const Data data = made(300, 48);
  for (const char* name : {"ged", "diff-means", "leace"}) {
    const auto basis = fitted(name, data);
    const auto& parts = dynamic_cast<const LinearBasis&>(*basis).parts();
    const auto codes = basis->encode(data.a, {{0}}).value();
    std::array<double, 2> sum{}, count{};
    for (size_t t = 0; t < 300; ++t) {
      if (data.classes[t] < 0) continue;
      sum[static_cast<size_t>(data.classes[t])] += codes(t, 0);
      ++count[static_cast<size_t>(data.classes[t])];
    }
    for (size_t c = 0; c < 2; ++c) {
      EXPECT_NEAR(parts.class_codes(c, 0), sum[c] / count[c],
                  1e-6 * std::abs(sum[c] / count[c]) + 1e-6);
    }
  }
}

TEST(Fit, WhatCannotBeIsNamed) {
  const Data data = made(30, 48);
  const auto complaint = [&](std::string_view basis, const Data& of,
                             FitOptions options = {}) {
    const auto result = fit(basis, of, options);
    EXPECT_FALSE(result);
    if (result) return std::string();
    EXPECT_EQ(result.error().code, ErrorCode::kBadInput);
    return result.error().message;
  };
  for (const char* name : {"svd", "ica", "random"}) {
    EXPECT_THAT(complaint(name, data, {.components = 30}),
                HasSubstr("more tokens than components"));
    EXPECT_THAT(complaint(name, data, {.components = 49}),
                HasSubstr("at most 48"));
  }
  Data unlabelled{data.a.clone(), {}};
  Data one{data.a.clone(), std::vector<int>(30, 0)};
  Data lonely{data.a.clone(), std::vector<int>(30, 0)};
  lonely.classes[3] = 1;
  Data same{Matrix<float>(30, 48), std::vector<int>(30)};
  for (size_t t = 0; t < 30; ++t) {
    std::ranges::copy(data.a.row(t / 2), same.a.row(t).begin());
    same.classes[t] = static_cast<int>(t % 2);
  }
  for (const char* name : {"diff-means", "leace"}) {
    EXPECT_THAT(complaint(name, unlabelled), HasSubstr("--class-file"));
    EXPECT_THAT(complaint(name, one), HasSubstr("classes"));
    EXPECT_THAT(complaint(name, lonely), HasSubstr("at least 2 tokens"));
    EXPECT_THAT(complaint(name, same), HasSubstr("differ"));
  }
  EXPECT_THAT(complaint("ged", unlabelled), HasSubstr("two classes"));
  EXPECT_THAT(complaint("leace", data, {.shrinkage = 1.5}),
              HasSubstr("0 to 1"));
  EXPECT_THAT(complaint("ged", data, {.shrinkage = 0}), HasSubstr("shrinkage"));
  EXPECT_THAT(complaint("svd", Data{Matrix<float>(9, 48), {}}),
              HasSubstr("rank 0"));
  EXPECT_THAT(find_basis_kind("icaa").error().message, HasSubstr("ica?"));
  EXPECT_THAT(find_basis_kind("sae").error().message,
              HasSubstr("--basis-file"));
}

}  // namespace
}  // namespace excise
