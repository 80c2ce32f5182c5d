// The decomposition of each swept layer: fitted on the text at hand, on
// another, or read from a file.
#ifndef EXCISE_EXPERIMENT_SWEEP_LAYER_BASES_H_
#define EXCISE_EXPERIMENT_SWEEP_LAYER_BASES_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "experiment/sweep/spec.h"
#include "fit/fit_text.h"
#include "intervention/basis_file.h"
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
  // Reads or fits what is not fitted on the text at hand. Resolves spec: basis
  // and removal of a file, `layers` "all" of a file with some layers, the ids
  // of the window that was held out where a corpus comes without a text.
  // Errors: bad_input (also: a file fitted on another model or hook), those of
  // reading and fitting.
  static Result<LayerBases> prepare(const Model& model,
                                    const Progress& progress, Spec& spec);

  // To be called before at(), where classes of this text are asked for.
  Status set_text(const Model& model, const Spec& spec,
                  const std::vector<int>& ids);

  // a: the values of this text at spec.hook, [tokens, width]. Errors: those of
  // fitting; bad_input for a width that is not the basis's.
  Result<std::shared_ptr<const Decomposition>> at(
      const Spec& spec, size_t layer, MatrixView<const float> a) const;

  const BasisOrigin& origin() const { return origin_; }

 private:
  Status take_set(const Model& model, Spec& spec);
  Status fit_elsewhere(const Model& model, const Progress& progress,
                       Spec& spec);

  BasisOrigin origin_;
  std::optional<BasisSet> set_;  // fitted elsewhere
  std::vector<int> classes_;     // of this text
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_LAYER_BASES_H_
