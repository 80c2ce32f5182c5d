// The decomposition of each swept layer: fitted on the text at hand, on
// another, or read from a file.
#ifndef EXCISE_EXPERIMENT_SWEEP_LAYER_BASES_H_
#define EXCISE_EXPERIMENT_SWEEP_LAYER_BASES_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "experiment/sweep/spec.h"
#include "fit/fit_text.h"
#include "intervention/bases/fit_input.h"
#include "intervention/basis_file.h"
#include "intervention/removal.h"
#include "model/model.h"

namespace excise {

// What a result says of its basis.
struct BasisOrigin {
  std::string basis;   // "svd", "sae", ...
  std::string source;  // "this text", "corpus", "class files", "file"
  // Whether nothing that is swept was fitted on: false for this text and for a
  // basis file fitted on it; absent where nobody knows (an sae).
  std::optional<bool> held_out;
  // Of the fit; empty and 0 for this text. Of a file also the program.
  BasisProvenance provenance;
  size_t held_out_tokens = 0;  // of a corpus
  // \r\n that were read as \n, of a corpus and of class files.
  size_t windows_line_ends = 0;
};

class LayerBases {
 public:
  // Reads or fits what is not fitted on the text at hand. Errors: bad_input
  // (also: a file fitted on another model or hook), those of reading and
  // fitting.
  static Result<LayerBases> prepare(const Model& model, const Spec& spec,
                                    const Progress& progress);

  // Of each token of a text that is swept; empty where the fit asks for none.
  Result<std::vector<int>> classes_of(const Model& model,
                                      std::span<const int> ids) const;

  // a: the values of a text at spec.hook, [tokens, width]; classes: of it.
  // Errors: those of fitting; bad_input for a width that is not the basis's.
  Result<std::shared_ptr<const Decomposition>> at(
      size_t layer, MatrixView<const float> a,
      std::span<const int> classes) const;

  // The spec with what hangs on the basis: means and fingerprints, the basis
  // and layers of a file, the ids of the window that was held out where a
  // corpus comes without a text.
  const Spec& spec() const { return spec_; }
  RemovalOperator removal() const { return removal_; }
  const BasisOrigin& origin() const { return origin_; }

 private:
  Status take_set(const Model& model);
  Status fit_elsewhere(const Model& model, const Progress& progress);
  FitOptions fit_options(size_t layer) const;

  Spec spec_;
  RemovalOperator removal_;  // of an svd
  BasisOrigin origin_;
  std::optional<BasisSet> set_;  // fitted elsewhere
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_LAYER_BASES_H_
