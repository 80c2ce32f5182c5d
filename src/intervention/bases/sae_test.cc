#include "intervention/bases/sae.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <numeric>

#include "core/random.h"
#include "intervention/bases/read_basis.h"
#include "io/safetensors.h"
#include "math/linalg/product.h"
#include "testing/golden.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

fs::path golden_folder(const std::string& name) {
  return fs::path(EXCISE_SOURCE_DIR) / "tests" / "golden" / "sae" / name;
}

double norm(std::span<const double> values) {
  return std::sqrt(
      std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
}

double norm_of_column(const Matrix<double>& matrix, size_t column) {
  double squares = 0;
  for (size_t i = 0; i < matrix.rows(); ++i)
    squares += matrix(i, column) * matrix(i, column);
  return std::sqrt(squares);
}

class SaeGolden : public testing::TestWithParam<const char*> {};

TEST_P(SaeGolden, ActivationsReconstructionAndError) {
  const auto set = read_basis(golden_folder(GetParam()));
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->basis, "sae");
  EXPECT_EQ(set->provenance.model, "tiny-gpt2");
  const auto sae = set->get("blocks.2.mlp.hook_pre").value();
  const TensorFile file =
      TensorFile::open(golden_folder(GetParam()) / "golden.safetensors")
          .value();
  const Matrix<double> x = tensor(file, "x");
  const auto a = converted<float>(x.view());
  const auto all = all_components(*sae);
  const Matrix<double> codes = sae->encode(a, all).value();
  const Matrix<double> want = tensor(file, "acts");
  ASSERT_EQ(codes.cols(), want.cols());
  for (size_t i = 0; i < want.size(); ++i)
    ASSERT_NEAR(codes.values()[i], want.values()[i], 1e-5);
  // Codes of some features do not depend on which others are asked for, but for
  // the order of a sum of d_in products, which follows the product's shape: two
  // orders differ by at most d_in epsilon times the sum of the products' sizes
  // (Higham, Accuracy and Stability, 3.1), and that is at most |x - b| |W_enc|.
  const Matrix<double> some = sae->encode(a, {{7, 93, 0}}).value();
  const TensorFile weights =
      TensorFile::open(basis_tensors(golden_folder(GetParam()))).value();
  const double column = norm_of_column(tensor(weights, "W_enc"), 93);
  std::vector<double> mean(x.cols());
  sae->centre(mean);
  for (size_t t = 0; t < x.rows(); ++t) {
    const double order = static_cast<double>(x.cols()) *
                         std::numeric_limits<double>::epsilon() * column *
                         (norm(x.row(t)) + norm(mean));
    EXPECT_NEAR(some(t, 1), codes(t, 93), order);
  }
  // Without all features b_dec and the error are left.
  Matrix<float> change(x.rows(), x.cols());
  ASSERT_TRUE(removal_change(*sae, a, all, change));
  const Matrix<double> error = tensor(file, "error");
  std::vector<double> zero(x.cols());
  sae->centre(zero);  // -b_dec
  for (size_t t = 0; t < x.rows(); ++t) {
    for (size_t j = 0; j < x.cols(); ++j)
      ASSERT_NEAR(a(t, j) + change(t, j), error(t, j) - zero[j], 1e-5);
  }
  EXPECT_TRUE(sae->identity_when_empty());
}

INSTANTIATE_TEST_SUITE_P(Architectures, SaeGolden,
                         testing::Values("standard", "jumprelu", "topk"));

constexpr size_t kIn = 6, kFeatures = 9, kTokens = 5;

SaeWeights random_weights(SaeArchitecture architecture) {
  Random random(17);
  const auto made = [&](size_t rows, size_t cols) {
    Matrix<float> matrix(rows, cols);
    for (float& value : matrix.values())
      value = static_cast<float>(random.normal());
    return matrix;
  };
  SaeWeights weights;
  weights.W_enc = made(kIn, kFeatures);
  weights.W_dec = made(kFeatures, kIn);
  weights.b_dec = made(1, kIn);
  if (architecture == SaeArchitecture::kGated) {
    weights.b_gate = made(1, kFeatures);
    weights.r_mag = made(1, kFeatures);
    weights.b_mag = made(1, kFeatures);
  } else {
    weights.b_enc = made(1, kFeatures);
  }
  if (architecture == SaeArchitecture::kJumpRelu)
    weights.threshold = made(1, kFeatures);
  return weights;
}

// SAELens's encoders written out, feature by feature, for one token.
std::vector<double> by_hand(const SaeConfig& config, const SaeWeights& w,
                            std::span<const float> a) {
  std::vector<double> x(a.begin(), a.end());
  double scale = 1;
  if (config.normalization == SaeNormalization::kConstantNorm) {
    double squares = 0;
    for (const double value : x) squares += value * value;
    scale = std::sqrt(squares) / std::sqrt(double{kIn});
    for (double& value : x) value /= scale;
  } else if (config.normalization == SaeNormalization::kLayerNorm) {
    double mean = 0, squares = 0;
    for (const double value : x) mean += value / kIn;
    for (const double value : x) squares += (value - mean) * (value - mean);
    scale = std::sqrt(squares / (kIn - 1));
    for (double& value : x) value = (value - mean) / (scale + 1e-5);
  }
  std::vector<double> pre(kFeatures), codes(kFeatures);
  for (size_t f = 0; f < kFeatures; ++f) {
    for (size_t j = 0; j < kIn; ++j) {
      pre[f] += (x[j] - (config.apply_b_dec_to_input ? w.b_dec(0, j) : 0)) *
                w.W_enc(j, f);
    }
    if (config.architecture == SaeArchitecture::kGated) {
      double magnitude = 0;
      for (size_t j = 0; j < kIn; ++j) {
        magnitude +=
            (x[j] - (config.apply_b_dec_to_input ? w.b_dec(0, j) : 0)) *
            (w.W_enc(j, f) * std::exp(double{w.r_mag(0, f)}));
      }
      magnitude += w.b_mag(0, f);
      if (pre[f] + w.b_gate(0, f) > 0) codes[f] = std::max(magnitude, 0.0);
      continue;
    }
    pre[f] += w.b_enc(0, f);
    codes[f] = std::max(pre[f], 0.0);
    if (config.architecture == SaeArchitecture::kJumpRelu &&
        pre[f] <= w.threshold(0, f))
      codes[f] = 0;
  }
  if (config.architecture == SaeArchitecture::kTopK) {
    std::vector<double> norms(kFeatures, 1);
    for (size_t f = 0; f < kFeatures && config.rescale_acts_by_decoder_norm;
         ++f) {
      double squares = 0;
      for (size_t j = 0; j < kIn; ++j) squares += std::pow(w.W_dec(f, j), 2);
      norms[f] = std::sqrt(squares);
      pre[f] *= norms[f];
    }
    for (size_t f = 0; f < kFeatures; ++f) {
      const auto larger = std::ranges::count_if(
          pre, [&](double other) { return other > pre[f]; });
      codes[f] = static_cast<size_t>(larger) < config.k
                     ? std::max(pre[f], 0.0) / norms[f]
                     : 0;
    }
  }
  for (double& code : codes) code *= scale;
  return codes;
}

class SaeByHand : public testing::TestWithParam<
                      std::tuple<SaeArchitecture, SaeNormalization, bool>> {};

TEST_P(SaeByHand, Codes) {
  const auto [architecture, normalization, flag] = GetParam();
  SaeConfig config;
  config.architecture = architecture;
  config.normalization = normalization;
  config.apply_b_dec_to_input = config.rescale_acts_by_decoder_norm = flag;
  config.d_in = kIn;
  config.d_sae = kFeatures;
  config.k = 3;
  const SaeWeights weights = random_weights(architecture);
  const auto sae = make_sae(config, random_weights(architecture));
  Random random(23);
  Matrix<float> a(kTokens, kIn);
  for (float& value : a.values())
    value = static_cast<float>(3 * random.normal() + 1);
  const auto codes = sae->encode(a, all_components(*sae)).value();
  size_t active = 0;
  for (size_t t = 0; t < kTokens; ++t) {
    const auto want = by_hand(config, weights, a.row(t));
    for (size_t f = 0; f < kFeatures; ++f) {
      EXPECT_NEAR(codes(t, f), want[f], 1e-9 * std::abs(want[f]));
      active += want[f] > 0;
    }
  }
  EXPECT_GT(active, 3);
  EXPECT_LT(active, kTokens * kFeatures);
}

INSTANTIATE_TEST_SUITE_P(
    Options, SaeByHand,
    testing::Combine(testing::Values(SaeArchitecture::kStandard,
                                     SaeArchitecture::kJumpRelu,
                                     SaeArchitecture::kTopK,
                                     SaeArchitecture::kGated),
                     testing::Values(SaeNormalization::kNone,
                                     SaeNormalization::kConstantNorm,
                                     SaeNormalization::kLayerNorm),
                     testing::Bool()));

// Codes are in units of the activation: codes atoms is the reconstruction less
// b_dec, so that normalising changes no units.
TEST(Sae, FeaturesBeyondItsOwnAreNamed) {
  SaeConfig config;
  config.d_in = kIn;
  config.d_sae = kFeatures;
  const auto sae = make_sae(config, random_weights(config.architecture));
  EXPECT_THAT(sae->atoms({{9}}).error().message, HasSubstr("0 to 8"));
  EXPECT_THAT(sae->encode(Matrix<float>(2, 7), {{0}}).error().message,
              HasSubstr("6"));
}

// --- the folder

class SaeFolder : public testing::Test {
 protected:
  SaeFolder() {
    for (const char* name : {"cfg.json", "sae_weights.safetensors"})
      fs::copy(golden_folder("jumprelu") / name, folder_.path() / name);
  }
  Error error() {
    const auto set = read_sae(folder_.path());
    EXPECT_FALSE(set);
    return set ? Error() : set.error();
  }
  // A small autoencoder whose tensors are those given.
  void write(
      const std::vector<std::pair<std::string, std::vector<size_t>>>& tensors,
      float value = 1) {
    folder_.write("cfg.json",
                  R"({"d_in": 2, "d_sae": 3, "hook_name": "blocks.0.hook_z"})");
    TensorWriter writer;
    for (const auto& [name, shape] : tensors) {
      size_t count = 1;
      for (const size_t extent : shape) count *= extent;
      writer.add(name, shape,
                 std::span<const float>(std::vector<float>(count, value)));
    }
    ASSERT_TRUE(writer.write(folder_.path() / "sae_weights.safetensors"));
  }
  TemporaryFolder folder_;
};

TEST_F(SaeFolder, WithoutAPartIsAnError) {
  fs::remove(folder_.path() / "sae_weights.safetensors");
  EXPECT_EQ(error().code, ErrorCode::kIo);
  fs::remove(folder_.path() / "cfg.json");
  EXPECT_EQ(error().code, ErrorCode::kIo);
}

TEST_F(SaeFolder, TensorsMustBeThoseOfTheArchitecture) {
  const std::vector<std::pair<std::string, std::vector<size_t>>> good = {
      {"W_enc", {2, 3}}, {"W_dec", {3, 2}}, {"b_enc", {3}}, {"b_dec", {2}}};
  write(good);
  EXPECT_TRUE(read_sae(folder_.path()));
  auto extra = good;
  extra.push_back({"threshold", {3}});
  write(extra);
  EXPECT_THAT(error().message, HasSubstr("threshold"));
  auto turned = good;
  turned[0].second = {3, 2};
  write(turned);
  EXPECT_THAT(error().message, HasSubstr("[2, 3]"));
  write({good[0], good[1], good[2]});
  EXPECT_THAT(error().message, HasSubstr("b_dec"));
  write(good, std::nanf(""));
  EXPECT_THAT(error().message, HasSubstr("NaN"));
}

TEST_F(SaeFolder, FactorsThatAreOneAreLeftAside) {
  std::vector<std::pair<std::string, std::vector<size_t>>> tensors = {
      {"W_enc", {2, 3}},
      {"W_dec", {3, 2}},
      {"b_enc", {3}},
      {"b_dec", {2}},
      {"scaling_factor", {3}}};
  write(tensors);
  EXPECT_TRUE(read_sae(folder_.path()));
  write(tensors, 1.5F);
  EXPECT_EQ(error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(error().message, HasSubstr("scaling_factor"));
}

// The hook before a block is that behind the one before it.
TEST_F(SaeFolder, IsFoundUnderBothNamesOfItsActivation) {
  write({{"W_enc", {2, 3}}, {"W_dec", {3, 2}}, {"b_enc", {3}}, {"b_dec", {2}}});
  folder_.write(
      "cfg.json",
      R"({"d_in": 2, "d_sae": 3, "hook_name": "blocks.2.hook_resid_pre"})");
  const auto set = read_sae(folder_.path());
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_TRUE(set->find("blocks.2.hook_resid_pre"));
  EXPECT_TRUE(set->find("blocks.1.hook_resid_post"));
  EXPECT_FALSE(set->find("blocks.2.hook_resid_post"));
  EXPECT_FALSE(set->find("blocks.1.hook_resid_pre"));
}

TEST_F(SaeFolder, MustSayWhereItBelongs) {
  folder_.write("cfg.json", R"({"d_in": 2, "d_sae": 3})");
  EXPECT_THAT(error().message, HasSubstr("hook_name"));
}

}  // namespace
}  // namespace excise
