// All decompositions by name. A new one is a file beside this and a line here.
#ifndef EXCISE_INTERVENTION_BASES_REGISTRY_H_
#define EXCISE_INTERVENTION_BASES_REGISTRY_H_

#include <span>
#include <string>
#include <string_view>

#include "core/error.h"
#include "intervention/bases/fit_input.h"

namespace excise {

struct BasisKind {
  std::string_view name;
  std::string_view summary;  // a few words for the help text
  bool needs_classes = false;
  // False where there is nothing to learn from a text.
  bool worth_a_file = true;
  FittedBasis (*fit)(const FitInput& input) = nullptr;
};

std::span<const BasisKind> basis_kinds();
std::string basis_names();        // "svd, ica, ..."
std::string class_basis_names();  // those that need classes

// Error bad_input with near names; "sae" gets a hint how those are read.
Result<const BasisKind*> find_basis_kind(std::string_view name);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_BASES_REGISTRY_H_
