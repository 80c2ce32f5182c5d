#include "experiment/sweep/variant_edits.h"

#include <algorithm>
#include <string>
#include <vector>

#include "intervention/bases/svd.h"
#include "math/linalg/column_space.h"
#include "math/linalg/product.h"
#include "math/linalg/svd.h"

namespace excise {
namespace {

// All components, or all but K.
std::vector<size_t> others(const RemovalAt& removal, bool with_removed) {
  std::vector<size_t> all = all_components(removal.decomposition);
  if (!with_removed) {
    std::erase_if(all, [&](size_t component) {
      return std::ranges::find(removal.components, component) !=
             removal.components.end();
    });
  }
  return all;
}

Status remove_others(const RemovalAt& removal, bool with_removed,
                     MatrixView<float> delta) {
  const Removed rest = EXCISE_TRY(removed_by(
      removal.decomposition, removal.value, others(removal, with_removed)));
  return change_without(removal.decomposition, removal.value, rest,
                        MeanExchange::kNone, delta);
}

// Orthonormal rows of the same span.
Result<Matrix<double>> orthonormal(const Matrix<double>& rows) {
  const Svd svd = EXCISE_TRY(thin_svd(rows.clone()));
  Matrix<double> basis(svd.rank(), rows.cols());
  for (size_t k = 0; k < svd.rank(); ++k)
    std::ranges::copy(svd.vectors(k).right, basis.row(k).begin());
  return basis;
}

Status remove_visible(const RemovalAt& removal, MatrixView<const float> W_out,
                      MatrixView<float> delta) {
  Removed visible;
  visible.atoms = EXCISE_TRY(
      orthonormal(EXCISE_TRY(column_space_part(removal.removed.atoms, W_out))));
  Matrix<double> centred = converted<double>(removal.value);
  for (size_t t = 0; t < centred.rows(); ++t)
    removal.decomposition.centre(centred.row(t));
  visible.codes = product_bt(centred, visible.atoms);
  return change_without(removal.decomposition, removal.value, visible,
                        MeanExchange::kAsOperator, delta);
}

Status remove_next(const RemovalAt& removal, MatrixView<float> delta) {
  const size_t first = 1 + *std::ranges::max_element(removal.components);
  std::vector<size_t> next;
  for (size_t i = 0; i < removal.components.size(); ++i)
    next.push_back(first + i);
  const Removed removed =
      EXCISE_TRY(removed_by(removal.decomposition, removal.value, next));
  return change_without(removal.decomposition, removal.value, removed,
                        MeanExchange::kAsOperator, delta);
}

Status remove_with(RemovalOperator means, const RemovalAt& removal,
                   MatrixView<float> delta) {
  const auto other = EXCISE_TRY(fit_text_svd(removal.value, means));
  return removal_change(*other, removal.value, removal.components, delta);
}

// (c_other - c) V, both codes by this text's basis.
Status swap_codes(const RemovalAt& removal, MatrixView<float> delta) {
  Removed both = EXCISE_TRY(
      removed_by(removal.decomposition, removal.other, removal.components));
  for (size_t i = 0; i < both.codes.size(); ++i)
    both.codes.values()[i] =
        removal.removed.codes.values()[i] - both.codes.values()[i];
  return change_without(removal.decomposition, removal.value, both,
                        MeanExchange::kNone, delta);
}

}  // namespace

Status variant_change(const Variant& variant, const RemovalAt& removal,
                      MatrixView<const float> W_out, MatrixView<float> delta) {
  switch (variant.kind) {
    case VariantKind::kKeepOnly:
      return remove_others(removal, false, delta);
    case VariantKind::kNoneKept:
      return remove_others(removal, true, delta);
    case VariantKind::kVisible:
      return remove_visible(removal, W_out, delta);
    case VariantKind::kMeans:
      return remove_with(variant.means, removal, delta);
    case VariantKind::kNext:
      return remove_next(removal, delta);
    case VariantKind::kSwap:
      return swap_codes(removal, delta);
    case VariantKind::kStrength:
    case VariantKind::kWithoutFirst:
      break;
  }
  EXCISE_CHECK(change_without(removal.decomposition, removal.value,
                              removal.removed, MeanExchange::kAsOperator,
                              delta));
  if (variant.kind == VariantKind::kWithoutFirst) {
    std::ranges::fill(delta.row(0), 0.0F);
    return {};
  }
  for (size_t t = 0; t < delta.rows(); ++t) {
    for (float& value : delta.row(t))
      value *= static_cast<float>(variant.strength);
  }
  return {};
}

}  // namespace excise
