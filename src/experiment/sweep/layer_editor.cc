#include "experiment/sweep/layer_editor.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/threads.h"
#include "intervention/basis_file.h"
#include "math/linalg/concentration.h"
#include "math/linalg/covariance.h"

namespace excise {
namespace {

// a + delta, [tokens, width of the hook].
Matrix<float> sum_of(MatrixView<const float> a, MatrixView<const float> delta) {
  auto edited = Matrix<float>::uninitialized(a.rows(), a.cols());
  for (size_t i = 0; i < a.rows(); ++i) {
    for (size_t j = 0; j < a.cols(); ++j) edited(i, j) = a(i, j) + delta(i, j);
  }
  return edited;
}

// The same error, said of a layer: a dead one, say, has nothing to remove.
Status at_layer(size_t layer, Status status) {
  if (status || status.error().code == ErrorCode::kInterrupted) return status;
  Error error = std::move(status).error();
  const size_t subject = error.message.find("] ");
  if (subject != std::string::npos)
    error.message.insert(subject + 2, "layer " + std::to_string(layer) + ", ");
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace

LayerEditor::LayerEditor(const Spec& spec, const Model& model,
                         const LayerBases& bases,
                         std::span<const uint8_t> edited,
                         std::span<LayerFindings> findings, LayerDetail& detail)
    : spec_(spec),
      model_(model),
      bases_(bases),
      edited_(edited),
      findings_(findings),
      detail_(detail),
      control_draws_(control_draws(spec.controls, control_cells(spec))) {}

Status LayerEditor::decompose(size_t layer, MatrixView<const float> pre) {
  layer_.reset();
  sources_.clear();
  space_.reset();
  decomposition_ = EXCISE_TRY(bases_.at(spec_, layer, pre));
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
  const MeanExchange mean = draw.cell == Cell::kRemoved
                                ? MeanExchange::kNone
                                : MeanExchange::kAsOperator;
  const auto source =
      sources_.try_emplace(draw.cell, *decomposition_, removed_, *space_, mean)
          .first;
  return source->second.draw(draw.control, pre, random, delta);
}

Status LayerEditor::edit_scan(MatrixView<const float> pre, const Branch& branch,
                              LayerFindings& findings,
                              MatrixView<float> delta) {
  const std::vector<size_t> set = spec_.scan->removed_at(branch.index);
  const Removed removed = EXCISE_TRY(removed_by(*decomposition_, pre, set));
  findings.scan[branch.index].share =
      energy_share(*decomposition_, pre, removed);
  return change_without(*decomposition_, pre, removed,
                        MeanExchange::kAsOperator, delta);
}

// The delta comes with how much the branch differs already, but at its first
// layer.
Status LayerEditor::edit_together(size_t layer, MatrixView<const float> pre,
                                  const Branch& branch,
                                  MatrixView<float> delta) {
  if (layer == branch.layer) {
    EXCISE_CHECK(change(pre, delta));
    scale_selected(delta);
    return {};
  }
  Matrix<float> more(pre.rows(), pre.cols());
  const bool live = spec_.coordinates == Coordinates::kLive &&
                    spec_.action == EditAction::kRemove;
  EXCISE_CHECK(live ? removal_change(*decomposition_, sum_of(pre, delta),
                                     spec_.remove, more)
                    : change(pre, more));
  scale_selected(more);
  for (size_t t = 0; t < delta.rows(); ++t) {
    for (size_t j = 0; j < delta.cols(); ++j) delta(t, j) += more(t, j);
  }
  return {};
}

Status LayerEditor::change(MatrixView<const float> value,
                           MatrixView<float> delta) const {
  if (spec_.action == EditAction::kAdd) return addition(delta);
  return change_without(*decomposition_, value, removed_,
                        MeanExchange::kAsOperator, delta);
}

Status LayerEditor::addition(MatrixView<float> delta) const {
  const LinearParts* parts = linear_parts(*decomposition_);
  const size_t classes = parts == nullptr ? 0 : parts->class_codes.rows();
  if (spec_.from_class >= classes) {
    return fail(
        ErrorCode::kBadInput,
        {.where = "sweep",
         .subject = "adding class " + std::to_string(spec_.from_class),
         .expected = classes == 0 ? "a basis that was fitted on classes"
                                  : "0 to " + std::to_string(classes - 1),
         .found = "basis " + spec_.basis});
  }
  std::vector<double> push(delta.cols());
  for (const size_t k : spec_.remove) {
    const double code = parts->class_codes(spec_.from_class, k);
    for (size_t j = 0; j < push.size(); ++j) {
      push[j] += code * parts->atoms(k, j);
    }
  }
  for (size_t t = 0; t < delta.rows(); ++t) {
    for (size_t j = 0; j < push.size(); ++j) {
      delta(t, j) = static_cast<float>(push[j]);
    }
  }
  return {};
}

void LayerEditor::scale_selected(MatrixView<float> delta) const {
  const auto strength = static_cast<float>(spec_.strength);
  for (size_t t = 0; t < delta.rows(); ++t) {
    if (!edited_.empty() && edited_[t] == 0) {
      std::ranges::fill(delta.row(t), 0.0F);
    } else if (strength != 1) {
      for (float& value : delta.row(t)) value *= strength;
    }
  }
}

Status LayerEditor::edit_one(size_t layer, MatrixView<const float> pre,
                             const Branch& branch, LayerFindings& findings,
                             MatrixView<float> delta) {
  switch (branch.kind) {
    case BranchKind::kRemoval:
      EXCISE_CHECK(change(pre, delta));
      scale_selected(delta);
      edited_values_ = sum_of(pre, delta);
      cov_after_ = token_covariance(edited_values_);
      return {};
    case BranchKind::kEmpty:
      EXCISE_CHECK(removal_change(*decomposition_, pre, {}, delta));
      scale_selected(delta);
      return {};
    case BranchKind::kRemoved:
      EXCISE_CHECK(change_without(*decomposition_, pre, removed_,
                                  MeanExchange::kNone, delta));
      scale_selected(delta);
      return {};
    case BranchKind::kControl:
      EXCISE_CHECK(edit_control(pre, branch, delta));
      scale_selected(delta);
      return {};
    case BranchKind::kScan:
      EXCISE_CHECK(edit_scan(pre, branch, findings, delta));
      scale_selected(delta);
      return {};
    case BranchKind::kTogether:
      return edit_together(layer, pre, branch, delta);
    case BranchKind::kNoOp:
      for (size_t t = 0; t < delta.rows(); ++t)
        std::ranges::fill(delta.row(t), 0.0F);
      return {};
  }
  return {};
}

Status LayerEditor::edit(size_t layer, MatrixView<const float> pre,
                         std::span<const Branch> branches,
                         std::span<const MatrixView<float>> deltas) {
  return at_layer(layer, edit_branches(layer, pre, branches, deltas));
}

Status LayerEditor::edit_branches(size_t layer, MatrixView<const float> pre,
                                  std::span<const Branch> branches,
                                  std::span<const MatrixView<float>> deltas) {
  LayerFindings& findings =
      *std::find_if(findings_.begin(), findings_.end(),
                    [&](const LayerFindings& f) { return f.layer == layer; });
  const bool is_new = layer_ != layer;
  if (is_new) EXCISE_CHECK(decompose(layer, pre));
  const auto describe = [&] {
    return is_new ? describe_clean(pre, findings) : Status();
  };
  const auto edit_all = [&]() -> Status {
    for (size_t b = 0; b < branches.size(); ++b)
      EXCISE_CHECK(edit_one(layer, pre, branches[b], findings, deltas[b]));
    return {};
  };
  EXCISE_CHECK(in_parallel(describe, edit_all));
  if (is_new) EXCISE_CHECK(describe_components(findings));
  for (size_t b = 0; b < branches.size(); ++b) {
    if (branches[b].kind == BranchKind::kRemoval)
      EXCISE_CHECK(describe_removal(pre, deltas[b], findings));
  }
  return {};
}

Status LayerEditor::describe_components(LayerFindings& findings) {
  if (!findings.anatomy.empty()) return {};
  std::vector<size_t> set = spec_.remove;
  std::ranges::sort(set);
  set.resize(std::min(set.size(), kAnatomyComponents));
  for (size_t i = 0; i < set.size(); ++i) {
    findings.anatomy.push_back(
        describe_component(set[i], codes_of(i), removed_.atoms.row(i)));
  }
  written_.insert_or_assign(
      findings.layer,
      EXCISE_TRY(written_directions(
          spec_.hook, removed_.atoms.view().row_range(0, set.size()),
          model_.weights.slot(findings.layer, spec_.hook == HookPoint::kZ
                                                  ? Slot::kO
                                                  : Slot::kOut))));
  return {};
}

Status LayerEditor::describe_dormant(MatrixView<const float> pre,
                                     MatrixView<const float> delta,
                                     LayerFindings& findings) {
  // What lies behind a gate hangs on its other side too, which is not at hand.
  const bool behind_gate = model_.config.architecture.mlp == MlpKind::kGated &&
                           spec_.hook == HookPoint::kMlpPre;
  if (!spec_.dormant_share || behind_gate) return {};
  const Matrix<float> W_out =
      EXCISE_TRY(model_.weights.matrix(findings.layer, Slot::kOut));
  const auto share = [&](MatrixView<const float> change) {
    return dormant_share(spec_.hook, model_.config.architecture.activation, pre,
                         change, W_out);
  };
  findings.dormant = EXCISE_TRY(share(delta));
  for (ComponentAnatomy& anatomy : findings.anatomy) {
    if (spec_.remove.size() == 1) {
      anatomy.dormant_share = findings.dormant.share;
      continue;
    }
    Matrix<float> change(pre.rows(), pre.cols());
    EXCISE_CHECK(
        removal_change(*decomposition_, pre, {{anatomy.component}}, change));
    scale_selected(change);
    anatomy.dormant_share = EXCISE_TRY(share(change)).share;
  }
  return {};
}

// Column i of what the removal takes away.
std::vector<double> LayerEditor::codes_of(size_t i) const {
  std::vector<double> codes(removed_.codes.rows());
  for (size_t t = 0; t < codes.size(); ++t) codes[t] = removed_.codes(t, i);
  return codes;
}

// Of the first component that was named; removed_ has them in their order.
Status LayerEditor::describe_clean(MatrixView<const float> pre,
                                   LayerFindings& findings) {
  const auto values = decomposition_->singular_values();
  findings.singular_values.assign(values.begin(), values.end());
  findings.share = energy_share(*decomposition_, pre, removed_);
  if (const LinearParts* parts = linear_parts(*decomposition_))
    findings.basis_note = parts->note;
  cov_before_ = token_covariance(pre);
  if (cells_of(spec_).size() > 1) {
    findings.cells =
        cell_changes(*decomposition_, pre, removed_, edited_, spec_.strength);
  }
  const size_t first = spec_.remove.front();
  const auto i = static_cast<size_t>(std::ranges::count_if(
      spec_.remove, [first](size_t component) { return component < first; }));
  findings.u0 = unit_vector(codes_of(i));
  findings.v0 = unit_vector(removed_.atoms.row(i));
  return {};
}

Status LayerEditor::describe_removal(MatrixView<const float> pre,
                                     MatrixView<const float> delta,
                                     LayerFindings& findings) {
  findings.value_change = relative_size(delta, pre);
  EXCISE_CHECK(describe_dormant(pre, delta, findings));
  findings.cov_change = relative_change(cov_before_, cov_after_);
  findings.participation_before = participation_ratio(cov_before_);
  findings.participation_after = participation_ratio(cov_after_);
  if (findings.layer != detail_.layer) return {};
  detail_.eig_before = EXCISE_TRY(spectrum_percent(cov_before_));
  detail_.eig_after = EXCISE_TRY(spectrum_percent(cov_after_));
  detail_.cov_before = cov_before_.clone();
  detail_.cov_after = std::move(cov_after_);
  detail_.a_clean = converted<float, float>(pre);
  detail_.a_edited = std::move(edited_values_);
  return {};
}

Readout LayerEditor::readout() const {
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
