#include "experiment/sweep/layer_editor.h"

#include <algorithm>
#include <string>

#include "core/random.h"
#include "experiment/sweep/branch_tags.h"
#include "experiment/sweep/constant_search.h"
#include "experiment/sweep/variant_edits.h"
#include "intervention/edit_change.h"

namespace excise {

Matrix<float> edited_value(MatrixView<const float> value,
                           MatrixView<const float> delta) {
  auto edited = Matrix<float>::uninitialized(value.rows(), value.cols());
  for (size_t i = 0; i < value.rows(); ++i) {
    for (size_t j = 0; j < value.cols(); ++j)
      edited(i, j) = value(i, j) + delta(i, j);
  }
  return edited;
}

LayerEditor::LayerEditor(const SweepPlan& plan, const Weights& weights)
    : plan_(plan), spec_(plan.spec), weights_(weights) {}

Result<bool> LayerEditor::prepare(size_t layer, MatrixView<const float> value) {
  if (layer_ == layer) return false;
  layer_.reset();
  sources_.clear();
  space_.reset();
  decomposition_ = EXCISE_TRY(plan_.bases->at(layer, value, plan_.classes));
  removed_ = EXCISE_TRY(removed_by(*decomposition_, value, spec_.remove));
  layer_ = layer;
  return true;
}

void LayerEditor::put_other_text(MatrixView<const float> embedded,
                                 MatrixView<float> delta) const {
  for (size_t t = 0; t < delta.rows(); ++t) {
    for (size_t j = 0; j < delta.cols(); ++j)
      delta(t, j) = other_.embedded(t, j) - embedded(t, j);
  }
  keep_before_difference(delta);
}

// The texts are the same there, up to how two runs round.
void LayerEditor::keep_before_difference(MatrixView<float> delta) const {
  for (size_t t = 0; t < plan_.other->first_difference; ++t)
    std::ranges::fill(delta.row(t), 0.0F);
}

Result<ControlSpace> LayerEditor::control_space(size_t layer, Cell cell,
                                                MatrixView<const float> value) {
  if (!plan_.shared) {
    if (!space_) space_ = EXCISE_TRY(activation_space(*decomposition_, value));
    return drawn_from(*space_);
  }
  if (!space_)
    space_ = ActivationSpace{centred_rows(*decomposition_, value), {}};
  const SharedSpace& shared = plan_.shared->at(layer);
  return ControlSpace{space_->centred, shared.row_space,
                      shared.of_change.at(cell)};
}

Status LayerEditor::edit_control(MatrixView<const float> value,
                                 const Branch& branch,
                                 MatrixView<float> delta) {
  const ControlDraw& draw = plan_.branches.draws[branch.index];
  Random random = control_random(spec_.seed, branch.layer, draw);
  const ControlSpace space =
      EXCISE_TRY(control_space(branch.layer, draw.cell, value));
  const auto source = sources_
                          .try_emplace(draw.cell, *decomposition_, removed_,
                                       space, mean_exchange_of(draw.cell))
                          .first;
  return source->second.draw(draw.control, value, random, delta);
}

Status LayerEditor::edit_scan(MatrixView<const float> value,
                              const Branch& branch, MatrixView<float> delta) {
  const std::vector<size_t> set = spec_.scan->removed_at(branch.index);
  scanned_ = EXCISE_TRY(removed_by(*decomposition_, value, set));
  return change_without(*decomposition_, value, scanned_,
                        MeanExchange::kAsOperator, delta);
}

Status LayerEditor::edit_variant(MatrixView<const float> value,
                                 const Branch& branch,
                                 MatrixView<float> delta) {
  const Variant& variant = plan_.branches.variants[branch.index];
  Matrix<float> W_out;
  if (variant.kind == VariantKind::kVisible)
    W_out = EXCISE_TRY(weights_.matrix(branch.layer, Slot::kOut));
  const bool is_swap = variant.kind == VariantKind::kSwap;
  RemovalAt removal{*decomposition_, value, spec_.remove, removed_};
  if (is_swap) removal.other = other_.at_layer.at(branch.layer);
  EXCISE_CHECK(variant_change(variant, removal, W_out, delta));
  if (is_swap) keep_before_difference(delta);
  return {};
}

std::vector<double> LayerEditor::edited_codes() const {
  std::vector<double> codes;
  for (size_t t = 0; t < removed_.codes.rows(); ++t) {
    if (plan_.edited.empty() || plan_.edited[t] != 0)
      codes.push_back(removed_.codes(t, 0));
  }
  return codes;
}

Status LayerEditor::set_constant(MatrixView<const float> value, double code,
                                 MatrixView<float> delta) const {
  // As a removal of codes that are so much less.
  Removed rest{removed_.codes.clone(), removed_.atoms.clone()};
  for (size_t t = 0; t < rest.codes.rows(); ++t) rest.codes(t, 0) -= code;
  EXCISE_CHECK(change_without(*decomposition_, value, rest,
                              MeanExchange::kAsOperator, delta));
  scale_selected(delta);
  return {};
}

// The delta comes with how much the branch differs already, but at its first
// layer.
Status LayerEditor::edit_together(size_t layer, MatrixView<const float> value,
                                  const Branch& branch,
                                  MatrixView<float> delta) {
  if (layer == branch.layer) {
    EXCISE_CHECK(change(value, delta));
    scale_selected(delta);
    return {};
  }
  Matrix<float> more(value.rows(), value.cols());
  const bool live = spec_.coordinates == Coordinates::kLive &&
                    spec_.action == EditAction::kRemove;
  EXCISE_CHECK(live
                   ? removal_change(*decomposition_, edited_value(value, delta),
                                    spec_.remove, more)
                   : change(value, more));
  scale_selected(more);
  for (size_t t = 0; t < delta.rows(); ++t) {
    for (size_t j = 0; j < delta.cols(); ++j) delta(t, j) += more(t, j);
  }
  return {};
}

Status LayerEditor::change(MatrixView<const float> value,
                           MatrixView<float> delta) const {
  if (spec_.action == EditAction::kAdd) {
    fill_rows(EXCISE_TRY(class_addition(*decomposition_, spec_.remove,
                                        spec_.from_class, 1, "sweep")),
              delta);
    return {};
  }
  return change_without(*decomposition_, value, removed_,
                        MeanExchange::kAsOperator, delta);
}

void LayerEditor::scale_selected(MatrixView<float> delta) const {
  const auto is_edited = [this](size_t t) {
    return plan_.edited.empty() || plan_.edited[t] != 0;
  };
  // As a float, whose products with floats double holds exactly.
  limit_change(static_cast<float>(spec_.strength), is_edited, delta);
}

Status LayerEditor::edit(size_t layer, MatrixView<const float> value,
                         const Branch& branch, MatrixView<float> delta) {
  const BranchTag tag = branch.tag;
  if (tag == sweep_branch::kTogether)
    return edit_together(layer, value, branch, delta);
  if (tag == sweep_branch::kRemoval) {
    EXCISE_CHECK(change(value, delta));
  } else if (tag == sweep_branch::kEmpty) {
    EXCISE_CHECK(removal_change(*decomposition_, value, {}, delta));
  } else if (tag == sweep_branch::kRemoved) {
    EXCISE_CHECK(change_without(*decomposition_, value, removed_,
                                MeanExchange::kNone, delta));
  } else if (tag == sweep_branch::kControl) {
    EXCISE_CHECK(edit_control(value, branch, delta));
  } else if (tag == sweep_branch::kScan) {
    EXCISE_CHECK(edit_scan(value, branch, delta));
  } else if (tag == sweep_branch::kVariant) {
    EXCISE_CHECK(edit_variant(value, branch, delta));
  } else if (tag == sweep_branch::kConstant) {
    return set_constant(
        value, first_constants(code_range(edited_codes()))[branch.index],
        delta);
  } else {  // kNoOp
    for (size_t t = 0; t < delta.rows(); ++t)
      std::ranges::fill(delta.row(t), 0.0F);
    return {};
  }
  scale_selected(delta);
  return {};
}

}  // namespace excise
