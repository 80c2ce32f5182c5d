// The removal and what is measured of it against tests/golden.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "intervention/removal.h"
#include "io/safetensors.h"
#include "math/linalg/covariance.h"
#include "math/linalg/similarity.h"

namespace excise {
namespace {

TensorFile golden(const std::string& name) {
  auto file = TensorFile::open(EXCISE_SOURCE_DIR "/tests/golden/" + name);
  EXPECT_TRUE(file) << file.error().message;
  return std::move(file).value();
}

Matrix<double> tensor(const TensorFile& file, const std::string& name) {
  const auto stored = file.get(name);
  EXPECT_TRUE(stored) << stored.error().message;
  return (*stored)->to_double().value();
}

// Rows first .. first + count - 1 in the program's precision.
Matrix<float> float_rows(const Matrix<double>& all, size_t first,
                         size_t count) {
  return converted<float>(all.view().row_range(first, count));
}

template <typename Got>
void expect_near(const Got& got, std::span<const double> want,
                 double tolerance) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i)
    ASSERT_NEAR(got[i], want[i], tolerance) << "at " << i;
}

// --- operator.safetensors

constexpr const char* kMatrices[] = {"12x30", "40x16", "7x7"};
constexpr size_t kRank[] = {12, 16, 4};
constexpr const char* kMeans[] = {"none", "neuron", "token"};

TEST(OperatorGolden, EveryEdit) {
  const TensorFile file = golden("operator.safetensors");
  const std::pair<const char*, std::vector<size_t>> sets[] = {
      {"empty", {}}, {"0", {0}}, {"0_2", {0, 2}}, {"1", {1}}};
  for (const std::string matrix : kMatrices) {
    const Matrix<double> exact = tensor(file, "A/" + matrix);
    const Matrix<float> a = float_rows(exact, 0, exact.rows());
    for (const std::string centre : kMeans) {
      for (const std::string restore : kMeans) {
        const RemovalOperator op{parse_mean(centre).value(),
                                 parse_mean(restore).value()};
        const auto decomposition = decompose(a, op);
        ASSERT_TRUE(decomposition);
        for (const auto& [name, components] : sets) {
          const std::string key =
              "edited/" + matrix + "/" + centre + "/" + restore + "/" + name;
          SCOPED_TRACE(key);
          Matrix<float> edited(a.rows(), a.cols());
          ASSERT_TRUE(remove_components(*decomposition, components, edited));
          expect_near(edited.values(), tensor(file, key).values(), 2e-5);
        }
      }
    }
  }
}

// Without rounding to float32 on the way in: relative 1e-9.
TEST(OperatorGolden, DecompositionInDouble) {
  const TensorFile file = golden("operator.safetensors");
  for (size_t m = 0; m < std::size(kMatrices); ++m) {
    const std::string key = std::string(kMatrices[m]) + "/none";
    SCOPED_TRACE(key);
    const auto svd = thin_svd(tensor(file, std::string("A/") + kMatrices[m]));
    ASSERT_TRUE(svd);
    EXPECT_EQ(svd->rank(), kRank[m]);
    const Matrix<double> values = tensor(file, "singular_values/" + key);
    expect_near(svd->singular_values, values.values(), 1e-9 * values(0, 0));
    const Matrix<double> u = tensor(file, "u/" + key);
    const Matrix<double> v = tensor(file, "v/" + key);
    for (size_t k = 0; k < svd->rank(); ++k) {
      const SingularVectors vectors = svd->vectors(k);
      for (size_t t = 0; t < u.rows(); ++t)
        ASSERT_NEAR(vectors.left[t], u(t, k), 1e-9);
      expect_near(vectors.right, v.row(k), 1e-9);
    }
  }
}

// --- protocol_tiny-gpt2_<preset>.safetensors, from the stored pre-activations

struct ProtocolCase {
  const char* preset;
  double singular_values, u0, v0, edited, eig_before, eig_after;
};

class ProtocolGolden : public testing::TestWithParam<ProtocolCase> {
 protected:
  const TensorFile clean_ = golden("tiny-gpt2.golden.safetensors");
  const TensorFile file_ = golden(std::string("protocol_tiny-gpt2_") +
                                  GetParam().preset + ".safetensors");
  const Matrix<double> pre_ = tensor(clean_, "mlp_pre");
  const RemovalOperator op_ = removal_preset(GetParam().preset).value();
  const size_t tokens_ = tensor(clean_, "ids").size();
};

TEST_P(ProtocolGolden, Decomposition) {
  const auto values = tensor(file_, "singular_values");
  const auto u0 = tensor(file_, "u0");
  const auto v0 = tensor(file_, "v0");
  for (size_t layer = 0; layer < values.rows(); ++layer) {
    const auto decomposition =
        decompose(float_rows(pre_, layer * tokens_, tokens_), op_);
    ASSERT_TRUE(decomposition);
    const Svd& svd = decomposition->svd;
    expect_near(svd.singular_values, values.row(layer),
                GetParam().singular_values);
    expect_near(svd.vectors(0).left, u0.row(layer), GetParam().u0);
    expect_near(svd.vectors(0).right, v0.row(layer), GetParam().v0);
  }
}

TEST_P(ProtocolGolden, EditAndCovariance) {
  const Matrix<float> a = float_rows(pre_, 2 * tokens_, tokens_);
  Matrix<float> edited(a.rows(), a.cols());
  ASSERT_TRUE(remove_components(decompose(a, op_).value(), {{0}}, edited));
  expect_near(edited.values(), tensor(file_, "a_edited_l2").values(),
              GetParam().edited);
  const auto before = token_covariance(a);
  const auto after = token_covariance(edited);
  expect_near(before.values(), tensor(file_, "cov_before").values(), 3.4e-6);
  expect_near(after.values(), tensor(file_, "cov_after").values(), 2e-6);
  expect_near(spectrum_percent(before).value(),
              tensor(file_, "eig_before").values(), GetParam().eig_before);
  expect_near(spectrum_percent(after).value(),
              tensor(file_, "eig_after").values(), GetParam().eig_after);
}

TEST_P(ProtocolGolden, Similarity) {
  const Matrix<double> states = tensor(clean_, "hidden_states");
  const auto cosines =
      cosine_similarities(float_rows(states, 3 * tokens_, tokens_));
  expect_near(cosines.values(), tensor(file_, "cos_clean").values(), 3.7e-6);
}

// Tolerances of tests/golden/tolerances.json.
INSTANTIATE_TEST_SUITE_P(
    Presets, ProtocolGolden,
    testing::Values(ProtocolCase{"published", 4.4e-5, 8.2e-7, 4.7e-7, 2.1e-5,
                                 4.2e-5, 3.2e-5},
                    ProtocolCase{"pca", 3.8e-5, 1.5e-6, 9.5e-7, 2e-5, 4.2e-5,
                                 4.5e-5}),
    [](const auto& instance) { return std::string(instance.param.preset); });

}  // namespace
}  // namespace excise
