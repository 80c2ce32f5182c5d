// What edits of an activation share, in a sweep, a concept and an edit file:
// how much of a change is made and at which tokens, and what switching a class
// on adds.
#ifndef EXCISE_INTERVENTION_EDIT_CHANGE_H_
#define EXCISE_INTERVENTION_EDIT_CHANGE_H_

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "intervention/decomposition.h"

namespace excise {

// strength (mean codes of a class of the fit) atoms, over K = components:
// [width]. where: for messages. Errors: bad_input where the fit has no such
// class, unsupported of a basis that is not linear.
Result<std::vector<double>> class_addition(const Decomposition& basis,
                                           std::span<const size_t> components,
                                           size_t from_class, double strength,
                                           std::string_view where);

// Each row of delta becomes `change`, rounded.
void fill_rows(std::span<const double> change, MatrixView<float> delta);

// delta [tokens, width]: times strength at the tokens that are edited, in
// double and rounded; 0 at the others.
void limit_change(double strength,
                  const std::function<bool(size_t token)>& is_edited,
                  MatrixView<float> delta);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_EDIT_CHANGE_H_
