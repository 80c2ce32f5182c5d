// Fits a basis at some hooks of a model over a text of any length, and tests it
// on the part that was held out.
#ifndef EXCISE_FIT_BASIS_FIT_H_
#define EXCISE_FIT_BASIS_FIT_H_

#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "fit/fit_text.h"
#include "intervention/bases/fit_input.h"
#include "intervention/basis_file.h"
#include "model/model.h"

namespace excise {

struct FitSpec {
  std::string basis;
  std::string hook = "blocks.*.mlp.hook_pre";  // as find_hooks() takes it
  std::vector<size_t> layers;  // of those only these; empty: all
  FitTextSpec text;
  FitOptions options;
};

// Sets the removal of an svd ("pca" when none of the three is given). Errors:
// bad_input for spec.basis that nobody knows or that needs no fit, and for
// names of means beside another basis than svd.
Status set_fit_basis(const std::optional<std::string>& preset,
                     const std::optional<std::string>& centre,
                     const std::optional<std::string>& restore, FitSpec& spec);

// How well a basis does on one part of the text.
struct FitQuality {
  double share = 0;  // % of the energy about the mean in all components
  // Share of labelled tokens whose codes are nearest to those of their own
  // class; absent without classes. chance: that of always saying the largest.
  std::optional<double> accuracy = {}, chance = {};
};

struct HookFit {
  std::string hook;
  size_t components = 0;
  std::vector<double> values;  // as LinearParts has them
  std::string note;
  FitQuality fit;
  std::optional<FitQuality> held_out;
};

struct BasisFit {
  BasisSet set;  // provenance without program version and model name
  std::vector<HookFit> hooks;
  size_t fit_tokens = 0;
  size_t fit_windows = 0;
  size_t held_out_tokens = 0;
  size_t held_out_windows = 0;
};

// Layer after layer; what is held is the residual stream of the text and what
// the fit of one hook needs. Errors: bad_input (an unknown basis, a hook that
// matches nothing, what fits and texts refuse), bad_file, interrupted,
// out_of_memory.
Result<BasisFit> fit_basis(const Model& model, const FitSpec& spec,
                           const FitText& text, const Progress& progress);

}  // namespace excise

#endif  // EXCISE_FIT_BASIS_FIT_H_
