// The dormant share of a gated MLP, beside one from two forward passes: what
// hook_post holds with and without the edit, and W_out by Gram-Schmidt.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "experiment/sweep/sweep.h"
#include "model/forward.h"

namespace excise {
namespace {

constexpr size_t kLayer = 1;
const std::vector<int> kIds = {3, 17, 5, 29, 11, 8, 40, 2};

Model gated_model() {
  return Model::open(std::string(EXCISE_SOURCE_DIR) +
                     "/tests/families/references/llama")
      .value();
}

// hook_post of the layer, with hook_pre replaced where `pre` is given.
Matrix<double> post(const Model& model, const Matrix<float>* pre) {
  Matrix<double> kept;
  std::vector<Hook> hooks = {
      {hook_name({HookPoint::kMlpPost, kLayer}),
       [&](const HookSite&, MatrixView<float> value) -> Status {
         kept = converted<double>(MatrixView<const float>(value));
         return {};
       }}};
  if (pre != nullptr) {
    hooks.push_back({hook_name({HookPoint::kMlpPre, kLayer}),
                     [&](const HookSite&, MatrixView<float> value) -> Status {
                       for (size_t t = 0; t < value.rows(); ++t)
                         std::ranges::copy(pre->row(t), value.row(t).begin());
                       return {};
                     }});
  }
  EXPECT_TRUE(run_forward(model.config, model.weights, kIds, hooks, {}));
  return kept;
}

// The columns of W [N, D], orthonormal, one a row.
Matrix<double> columns_of(const Matrix<float>& W) {
  Matrix<double> Q(W.cols(), W.rows());
  for (size_t c = 0; c < Q.rows(); ++c) {
    for (size_t j = 0; j < Q.cols(); ++j) Q(c, j) = double{W(j, c)};
    for (size_t pass = 0; pass < 2; ++pass) {
      for (size_t e = 0; e < c; ++e) {
        double dot = 0;
        for (size_t j = 0; j < Q.cols(); ++j) dot += Q(c, j) * Q(e, j);
        for (size_t j = 0; j < Q.cols(); ++j) Q(c, j) -= dot * Q(e, j);
      }
    }
    double size = 0;
    for (const double x : Q.row(c)) size += x * x;
    for (double& x : Q.row(c)) x /= std::sqrt(size);
  }
  return Q;
}

double share_of(const Matrix<double>& change, const Matrix<double>& Q) {
  double all = 0, seen = 0;
  for (size_t t = 0; t < change.rows(); ++t) {
    for (const double x : change.row(t)) all += x * x;
    for (size_t c = 0; c < Q.rows(); ++c) {
      double dot = 0;
      for (size_t j = 0; j < Q.cols(); ++j) dot += change(t, j) * Q(c, j);
      seen += dot * dot;
    }
  }
  return 1 - seen / all;
}

TEST(GatedDormantShare, IsThatOfWhatTheOutputMatrixReads) {
  const Model model = gated_model();
  for (const Executor executor : {Executor::kWavefront, Executor::kNaive}) {
    Spec spec;
    spec.ids = kIds;
    spec.preset = "pca";
    spec.layers = std::to_string(kLayer);
    spec.detail_layer = kLayer;
    spec.dormant_share = true;
    spec.executor = executor;
    const SweepResult result = run_sweep(model, spec, {}).value();
    Matrix<double> change = post(model, &result.detail.a_edited);
    const Matrix<double> clean = post(model, nullptr);
    for (size_t t = 0; t < change.rows(); ++t) {
      for (size_t j = 0; j < change.cols(); ++j) change(t, j) -= clean(t, j);
    }
    const Matrix<float> W = model.weights.matrix(kLayer, Slot::kOut).value();
    const DormantShare& dormant = result.findings.front().dormant;
    EXPECT_EQ(dormant.rank_w_out, model.config.d_model);
    EXPECT_NEAR(dormant.share.value(), share_of(change, columns_of(W)), 2e-4);
    EXPECT_NEAR(result.findings.front().anatomy.front().dormant_share.value(),
                *dormant.share, 1e-12);
  }
}

}  // namespace
}  // namespace excise
