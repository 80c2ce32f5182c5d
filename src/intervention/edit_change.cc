#include "intervention/edit_change.h"

#include <algorithm>
#include <string>

#include "intervention/basis_file.h"
#include "intervention/linear_basis.h"

namespace excise {

Result<std::vector<double>> class_addition(const Decomposition& basis,
                                           std::span<const size_t> components,
                                           size_t from_class, double strength,
                                           std::string_view where) {
  const LinearParts* parts = linear_parts(basis);
  const size_t classes = parts == nullptr ? 0 : parts->class_codes.rows();
  if (from_class >= classes) {
    return fail(
        parts == nullptr ? ErrorCode::kUnsupported : ErrorCode::kBadInput,
        {.where = where,
         .subject = "adding class " + std::to_string(from_class),
         .expected = classes == 0 ? "a basis that was fitted on classes"
                                  : "0 to " + std::to_string(classes - 1),
         .found = "basis " + std::string(basis.basis()),
         .hint = "action \"add\" adds the codes that the tokens of a class "
                 "have on average"});
  }
  std::vector<double> change(basis.n_neurons());
  for (const size_t k : components) {
    const double code = strength * parts->class_codes(from_class, k);
    for (size_t j = 0; j < change.size(); ++j)
      change[j] += code * parts->atoms(k, j);
  }
  return change;
}

void fill_rows(std::span<const double> change, MatrixView<float> delta) {
  for (size_t t = 0; t < delta.rows(); ++t) {
    for (size_t j = 0; j < change.size(); ++j)
      delta(t, j) = static_cast<float>(change[j]);
  }
}

void limit_change(double strength,
                  const std::function<bool(size_t token)>& is_edited,
                  MatrixView<float> delta) {
  for (size_t t = 0; t < delta.rows(); ++t) {
    if (!is_edited(t)) {
      std::ranges::fill(delta.row(t), 0.0F);
    } else if (strength != 1) {
      for (float& value : delta.row(t))
        value = static_cast<float>(strength * double{value});
    }
  }
}

}  // namespace excise
