#include "experiment/layer_editor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "intervention/bases/svd.h"
#include "math/linalg/covariance.h"

namespace excise {
namespace {

// a + delta, [tokens, d_mlp].
Matrix<float> edited_values(MatrixView<const float> a,
                            MatrixView<const float> delta) {
  auto edited = Matrix<float>::uninitialized(a.rows(), a.cols());
  for (size_t i = 0; i < a.rows(); ++i) {
    for (size_t j = 0; j < a.cols(); ++j) edited(i, j) = a(i, j) + delta(i, j);
  }
  return edited;
}

// Of length 1; zeros stay.
std::vector<double> unit(std::span<const double> values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  std::vector<double> scaled(values.begin(), values.end());
  if (squares == 0) return scaled;
  for (double& value : scaled) value /= std::sqrt(squares);
  return scaled;
}

}  // namespace

LayerEditor::LayerEditor(const Spec& spec, std::span<LayerFindings> findings,
                         LayerDetail& detail)
    : spec_(spec),
      findings_(findings),
      detail_(detail),
      control_draws_(control_draws(spec.controls)) {}

Status LayerEditor::decompose(size_t layer, MatrixView<const float> pre) {
  layer_.reset();
  space_.reset();
  decomposition_ = EXCISE_TRY(fit_text_svd(pre, spec_.removal));
  removed_ = EXCISE_TRY(removed_by(*decomposition_, pre, spec_.remove));
  layer_ = layer;
  return {};
}

Status LayerEditor::edit_control(MatrixView<const float> pre,
                                 const Branch& branch,
                                 MatrixView<float> delta) {
  if (!space_) space_ = EXCISE_TRY(activation_space(*decomposition_, pre));
  const ControlDraw& draw = control_draws_[branch.index];
  Random random = control_random(spec_.seed, branch.layer, draw);
  return change_without(
      *decomposition_, pre,
      EXCISE_TRY(draw_control(draw.control, removed_, *space_, random)), delta);
}

Status LayerEditor::edit(size_t layer, MatrixView<const float> pre,
                         std::span<const Branch> branches,
                         std::span<const MatrixView<float>> deltas) {
  LayerFindings& findings =
      *std::find_if(findings_.begin(), findings_.end(),
                    [&](const LayerFindings& f) { return f.layer == layer; });
  if (layer_ != layer) {
    EXCISE_CHECK(decompose(layer, pre));
    EXCISE_CHECK(describe_decomposition(pre, findings));
  }
  for (size_t b = 0; b < branches.size(); ++b) {
    const MatrixView<float> delta = deltas[b];
    switch (branches[b].kind) {
      case BranchKind::kRemoval:
        EXCISE_CHECK(change_without(*decomposition_, pre, removed_, delta));
        EXCISE_CHECK(describe_removal(pre, delta, findings));
        break;
      case BranchKind::kEmpty:
        EXCISE_CHECK(removal_change(*decomposition_, pre, {}, delta));
        findings.value_change_empty = relative_size(delta, pre);
        break;
      case BranchKind::kControl:
        EXCISE_CHECK(edit_control(pre, branches[b], delta));
        break;
      case BranchKind::kNoOp:
        for (size_t i = 0; i < delta.rows(); ++i) {
          std::fill(delta.row(i).begin(), delta.row(i).end(), 0.0F);
        }
        break;
    }
  }
  return {};
}

Status LayerEditor::describe_decomposition(MatrixView<const float> pre,
                                           LayerFindings& findings) const {
  const auto values = decomposition_->singular_values();
  findings.singular_values.assign(values.begin(), values.end());
  findings.share = EXCISE_TRY(energy_share(*decomposition_, pre, spec_.remove));
  const std::array first = {spec_.remove.empty() ? 0 : spec_.remove.front()};
  findings.u0 = unit(EXCISE_TRY(decomposition_->encode(pre, first)).values());
  findings.v0 = unit(EXCISE_TRY(decomposition_->atoms(first)).values());
  return {};
}

Status LayerEditor::describe_removal(MatrixView<const float> pre,
                                     MatrixView<const float> delta,
                                     LayerFindings& findings) {
  findings.value_change = relative_size(delta, pre);
  Matrix<float> edited = edited_values(pre, delta);
  Matrix<double> before = token_covariance(pre);
  Matrix<double> after = token_covariance(edited);
  findings.cov_change = relative_change(before, after);
  findings.participation_before = participation_ratio(before);
  findings.participation_after = participation_ratio(after);
  if (findings.layer != detail_.layer) return {};
  detail_.eig_before = EXCISE_TRY(spectrum_percent(before));
  detail_.eig_after = EXCISE_TRY(spectrum_percent(after));
  detail_.cov_before = std::move(before);
  detail_.cov_after = std::move(after);
  detail_.a_clean = converted<float, float>(pre);
  detail_.a_edited = std::move(edited);
  return {};
}

}  // namespace excise
