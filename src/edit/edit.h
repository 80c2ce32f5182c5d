// Edits ready to run: the file of an EditSpec read, its basis checked against
// the model.
#ifndef EXCISE_EDIT_EDIT_H_
#define EXCISE_EDIT_EDIT_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "intervention/affine_change.h"
#include "intervention/basis_file.h"
#include "intervention/decomposition.h"
#include "intervention/edit_spec.h"
#include "model/forward.h"
#include "model/incremental_forward.h"
#include "model/model.h"

namespace excise {

// What an edit does at one hook.
struct EditPlace {
  HookSite site;
  std::string basis;  // "svd", "diff-means", ...
  std::vector<size_t> components;
  std::shared_ptr<const Decomposition> decomposition;
  // The same as an affine map of the activation; nothing for an sae.
  std::optional<AffineChange> change;
};

class Edit {
 public:
  // Errors: those of reading the basis; bad_input for a hook that matches
  // nothing or that the basis was not fitted at, a component or a class that
  // the basis does not have, the basis of another model.
  static Result<Edit> open(const EditSpec& spec, const Model& model);

  // The same with bases that are at hand; spec.basis only names them.
  static Result<Edit> create(const EditSpec& spec, const BasisSet& bases,
                             const Model& model);

  const EditSpec& spec() const { return spec_; }
  // In the order of the forward pass.
  const std::vector<EditPlace>& places() const { return places_; }
  // 32 hex digits that name the content of the basis file, also where no file
  // has it yet; empty for an sae that is at hand.
  const std::string& basis_fingerprint() const { return basis_fingerprint_; }

  // value: [tokens, width of the hook]; row i is at first_position + i. Error
  // bad_input when an sae meets activations of another width.
  Status apply(const EditPlace& place, MatrixView<float> value,
               size_t first_position) const;

 private:
  static Result<Edit> of(const EditSpec& spec, const BasisSet& bases,
                         const Model& model);
  EditSpec spec_;
  std::vector<EditPlace> places_;
  std::string basis_fingerprint_;
};

// Several edits; those of one hook run in this order.
Result<std::vector<Edit>> open_edits(std::span<const EditSpec> specs,
                                     const Model& model);

// The same edits as hooks of either forward pass; edits must outlive them.
std::vector<Hook> forward_hooks(std::span<const Edit> edits);
std::vector<SequenceHook> sequence_hooks(std::span<const Edit> edits);

}  // namespace excise

#endif  // EXCISE_EDIT_EDIT_H_
