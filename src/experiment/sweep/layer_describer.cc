#include "experiment/sweep/layer_describer.h"

#include <algorithm>
#include <utility>

#include "experiment/sweep/branch_tags.h"
#include "intervention/removal.h"
#include "math/linalg/concentration.h"
#include "math/linalg/covariance.h"

namespace excise {

LayerDescriber::LayerDescriber(const SweepPlan& plan, const Model& model,
                               const LayerEditor& editor,
                               std::span<LayerFindings> findings,
                               LayerDetail& detail)
    : plan_(plan),
      spec_(plan.spec),
      model_(model),
      editor_(editor),
      findings_(findings),
      detail_(detail) {}

LayerFindings& LayerDescriber::of(size_t layer) const {
  return *std::ranges::find(findings_, layer, &LayerFindings::layer);
}

void LayerDescriber::note_edit(size_t layer, MatrixView<const float> value,
                               const Branch& branch,
                               MatrixView<const float> delta) {
  if (branch.tag == sweep_branch::kRemoval) {
    edited_values_ = edited_value(value, delta);
    cov_after_ = token_covariance(edited_values_);
  } else if (branch.tag == sweep_branch::kScan) {
    of(layer).scan[branch.index].share =
        energy_share(*editor_.decomposition(), value, editor_.scanned());
  } else if (branch.tag == sweep_branch::kConstant && !of(layer).constant) {
    of(layer).constant = ConstantFindings{editor_.edited_codes(), {}};
  }
}

Status LayerDescriber::describe_components(size_t layer) {
  LayerFindings& findings = of(layer);
  if (!findings.anatomy.empty()) return {};
  std::vector<size_t> set = spec_.remove;
  std::ranges::sort(set);
  set.resize(std::min(set.size(), kAnatomyComponents));
  for (size_t i = 0; i < set.size(); ++i) {
    findings.anatomy.push_back(describe_component(
        set[i], codes_of(i), editor_.removed().atoms.row(i)));
  }
  written_.insert_or_assign(
      findings.layer,
      EXCISE_TRY(written_directions(
          spec_.hook, editor_.removed().atoms.view().row_range(0, set.size()),
          model_.weights.slot(findings.layer, spec_.hook == HookPoint::kZ
                                                  ? Slot::kO
                                                  : Slot::kOut))));
  return {};
}

Status LayerDescriber::describe_dormant(MatrixView<const float> value,
                                        MatrixView<const float> delta,
                                        LayerFindings& findings) {
  if (!spec_.dormant_share) return {};
  const auto factor = gate_factors_.find(findings.layer);
  const Matrix<float> W_out =
      EXCISE_TRY(model_.weights.matrix(findings.layer, Slot::kOut));
  const auto share = [&](MatrixView<const float> change) {
    return dormant_share(
        spec_.hook, model_.config.architecture.activation, value, change, W_out,
        factor == gate_factors_.end() ? MatrixView<const float>()
                                      : factor->second.view());
  };
  findings.dormant = EXCISE_TRY(share(delta));
  for (ComponentAnatomy& anatomy : findings.anatomy) {
    if (spec_.remove.size() == 1) {
      anatomy.dormant_share = findings.dormant.share;
      continue;
    }
    Matrix<float> change(value.rows(), value.cols());
    EXCISE_CHECK(removal_change(*editor_.decomposition(), value,
                                {{anatomy.component}}, change));
    editor_.scale_selected(change);
    anatomy.dormant_share = EXCISE_TRY(share(change)).share;
  }
  return {};
}

// Column i of what the removal takes away.
std::vector<double> LayerDescriber::codes_of(size_t i) const {
  std::vector<double> codes(editor_.removed().codes.rows());
  for (size_t t = 0; t < codes.size(); ++t)
    codes[t] = editor_.removed().codes(t, i);
  return codes;
}

// Of the first component that was named; editor_.removed() has them in their
// order.
Status LayerDescriber::describe_value(size_t layer,
                                      MatrixView<const float> value) {
  LayerFindings& findings = of(layer);
  const auto values = editor_.decomposition()->singular_values();
  findings.singular_values.assign(values.begin(), values.end());
  findings.share =
      energy_share(*editor_.decomposition(), value, editor_.removed());
  if (const LinearParts* parts = linear_parts(*editor_.decomposition()))
    findings.basis_note = parts->note;
  cov_before_ = token_covariance(value);
  if (plan_.branches.cells.size() > 1) {
    findings.cells =
        cell_changes(*editor_.decomposition(), value, editor_.removed(),
                     plan_.edited, spec_.strength);
  }
  const size_t first = spec_.remove.front();
  const auto i = static_cast<size_t>(std::ranges::count_if(
      spec_.remove, [first](size_t component) { return component < first; }));
  findings.u0 = unit_vector(codes_of(i));
  findings.v0 = unit_vector(editor_.removed().atoms.row(i));
  return {};
}

Status LayerDescriber::describe_removal(size_t layer,
                                        MatrixView<const float> value,
                                        MatrixView<const float> delta) {
  LayerFindings& findings = of(layer);
  findings.value_change = relative_size(delta, value);
  EXCISE_CHECK(describe_dormant(value, delta, findings));
  findings.cov_change = relative_change(cov_before_, cov_after_);
  findings.participation_before = participation_ratio(cov_before_);
  findings.participation_after = participation_ratio(cov_after_);
  if (findings.layer != detail_.layer) return {};
  detail_.eig_before = EXCISE_TRY(spectrum_percent(cov_before_));
  detail_.eig_after = EXCISE_TRY(spectrum_percent(cov_after_));
  detail_.cov_before = cov_before_.clone();
  detail_.cov_after = std::move(cov_after_);
  detail_.a_clean = converted<float, float>(value);
  detail_.a_edited = std::move(edited_values_);
  return {};
}

Readout LayerDescriber::readout() const {
  std::vector<ComponentAnatomy*> anatomies;
  for (LayerFindings& layer : findings_) {
    for (ComponentAnatomy& anatomy : layer.anatomy)
      anatomies.push_back(&anatomy);
  }
  Matrix<float> written(anatomies.size(), model_.config.d_model);
  float* end = written.data();
  for (const LayerFindings& layer : findings_) {
    const auto values = written_.at(layer.layer).values();
    end = std::ranges::copy(values, end).out;
  }
  return {written, model_.weights.ln_final_weight(), std::move(anatomies)};
}

}  // namespace excise
