// The removal and what is measured of it against tests/golden.
#include "testing/golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "intervention/removal.h"
#include "math/linalg/concentration.h"
#include "math/linalg/covariance.h"
#include "math/linalg/similarity.h"

namespace excise {
namespace {

using nlohmann::json;

json read_json(const std::string& name) {
  return json::parse(std::ifstream(EXCISE_SOURCE_DIR "/tests/golden/" + name));
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
constexpr const char* kMeans[] = {"none", "neuron", "token"};

double largest_magnitude(std::span<const double> values) {
  double largest = 0;
  for (const double value : values)
    largest = std::max(largest, std::abs(value));
  return largest;
}

// Matrix and centre.
class OperatorGolden
    : public testing::TestWithParam<std::tuple<const char*, const char*>> {
 protected:
  const TensorFile file_ = golden("operator.safetensors");
  const std::string matrix_ = std::get<0>(GetParam());
  const std::string centre_ = std::get<1>(GetParam());
  const Matrix<double> a_ = tensor(file_, "A/" + matrix_);
};

// In double all the way: relative 1e-9. From and to float32: its rounding.
TEST_P(OperatorGolden, EveryEdit) {
  const std::pair<const char*, std::vector<size_t>> sets[] = {
      {"empty", {}}, {"0", {0}}, {"0_2", {0, 2}}, {"1", {1}}};
  const Matrix<float> rounded = float_rows(a_, 0, a_.rows());
  for (const std::string restore : kMeans) {
    const RemovalOperator op{parse_mean(centre_).value(),
                             parse_mean(restore).value()};
    const CentredSvd in_double = decompose(a_.clone(), op).value();
    const CentredSvd in_float = decompose(rounded, op).value();
    for (const auto& [name, components] : sets) {
      const std::string key =
          "edited/" + matrix_ + "/" + centre_ + "/" + restore + "/" + name;
      SCOPED_TRACE(key);
      const Matrix<double> want = tensor(file_, key);
      Matrix<double> edited(a_.rows(), a_.cols());
      ASSERT_TRUE(remove_components(in_double, components, edited));
      expect_near(edited.values(), want.values(),
                  1e-9 * largest_magnitude(want.values()));
      Matrix<float> edited_float(a_.rows(), a_.cols());
      ASSERT_TRUE(remove_components(in_float, components, edited_float));
      expect_near(edited_float.values(), want.values(), 2e-5);
    }
  }
}

TEST_P(OperatorGolden, Decomposition) {
  const RemovalOperator op{parse_mean(centre_).value(), Mean::kNone};
  const Svd svd = decompose(a_.clone(), op).value().svd;
  const std::string key = matrix_ + "/" + centre_;
  const Matrix<double> values = tensor(file_, "singular_values/" + key);
  expect_near(svd.singular_values, values.values(), 1e-9 * values(0, 0));
  const Matrix<double> u = tensor(file_, "u/" + key);  // [tokens, rank]
  const Matrix<double> v = tensor(file_, "v/" + key);  // [rank, neurons]
  ASSERT_EQ(svd.rank(), v.rows());
  for (size_t k = 0; k < svd.rank(); ++k) {
    const SingularVectors vectors = svd.vectors(k);
    for (size_t t = 0; t < u.rows(); ++t)
      ASSERT_NEAR(vectors.left[t], u(t, k), 1e-9);
    expect_near(vectors.right, v.row(k), 1e-9);
  }
}

INSTANTIATE_TEST_SUITE_P(Matrices, OperatorGolden,
                         testing::Combine(testing::ValuesIn(kMatrices),
                                          testing::ValuesIn(kMeans)));

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

// --- protocol_*: what is measured of the stored edited activations

class EditedGolden : public testing::TestWithParam<const char*> {};

TEST_P(EditedGolden, CovarianceSpectrumAndParticipation) {
  const std::string name = std::string("protocol_") + GetParam();
  const TensorFile file = golden(name + ".safetensors");
  const json summary = read_json(name + ".json");
  const json tolerances = read_json("tolerances.json");
  const auto tolerance = [&](const char* kind, const char* quantity) {
    return tolerances[name + kind][quantity]["atol"].get<double>();
  };
  const size_t middle = summary["middle_layer"];
  const json& layer = summary["layers"][middle];
  const Matrix<double> a = tensor(file, "a_edited_l" + std::to_string(middle));
  const auto before = tensor(file, "cov_before");
  const auto after = token_covariance(float_rows(a, 0, a.rows()));
  expect_near(after.values(), tensor(file, "cov_after").values(),
              tolerance(".safetensors", "cov_after"));
  expect_near(spectrum_percent(after).value(),
              tensor(file, "eig_after").values(),
              tolerance(".safetensors", "eig_after"));
  EXPECT_NEAR(relative_change(before, after), layer["cov_change"],
              tolerance(".json", "layers/cov_change"));
  EXPECT_NEAR(participation_ratio(before), layer["participation_before"],
              1e-9 * layer["participation_before"].get<double>());
  EXPECT_NEAR(participation_ratio(after), layer["participation_after"],
              tolerance(".json", "layers/participation_after"));
}

TEST_P(EditedGolden, Concentration) {
  const std::string name = std::string("protocol_") + GetParam();
  const TensorFile file = golden(name + ".safetensors");
  const json layers = read_json(name + ".json")["layers"];
  const auto u0 = tensor(file, "u0");
  const auto v0 = tensor(file, "v0");
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    SCOPED_TRACE(layer);
    const json& want = layers[layer];
    const auto v = v0.row(layer);
    const auto relative = [](const json& value) {
      return 1e-9 * value.get<double>();
    };
    EXPECT_NEAR(sink_share(u0.row(layer)), want["sink_share"],
                relative(want["sink_share"]));
    EXPECT_NEAR(neuron_participation(v), want["v_participation"],
                relative(want["v_participation"]));
    const size_t top = top_neurons(v, 1).front();
    EXPECT_EQ(top, want["v_max_neuron"]);
    EXPECT_NEAR(v[top] * v[top], want["v_max_sq"], relative(want["v_max_sq"]));
  }
}

INSTANTIATE_TEST_SUITE_P(Protocols, EditedGolden,
                         testing::Values("tiny-gpt2_published", "tiny-gpt2_pca",
                                         "baker-7m_published", "baker-7m_pca"));

}  // namespace
}  // namespace excise
