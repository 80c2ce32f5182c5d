// Fitted bases on disk, one for each hook: a .safetensors file of schema
// excise.basis/1 (docs/formats.md).
#ifndef EXCISE_INTERVENTION_BASIS_FILE_H_
#define EXCISE_INTERVENTION_BASIS_FILE_H_

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "intervention/decomposition.h"
#include "intervention/linear_basis.h"

namespace excise {

// Where a basis comes from.
struct BasisProvenance {
  std::string program_version;
  std::string model;              // its name
  std::string model_fingerprint;  // empty where nobody knows: not checked
  // Of all text that was given, and how many of its tokens were fitted on.
  std::string text_fingerprint;
  size_t n_tokens = 0;
  // What the fit was told, by name: "shrinkage" -> "0.01".
  std::map<std::string, std::string> options;
};

// Bases of one kind, each fitted at one hook of one model.
struct BasisSet {
  std::string basis;  // "svd", "ica", ...
  BasisProvenance provenance;
  // Hook (as hook_name() writes it) and basis, in the order of the forward
  // pass. shared: a sweep and its controls hold the same one.
  std::vector<std::pair<std::string, std::shared_ptr<const Decomposition>>>
      hooks;

  // nullptr where the set has none for this hook, nor for the one with the same
  // activation (same_activation()).
  std::shared_ptr<const Decomposition> find(std::string_view hook) const;
  // Error bad_input that names the hooks there are.
  Result<std::shared_ptr<const Decomposition>> get(std::string_view hook) const;
  // Refuses the basis of another model; source: the file, for the message.
  // Error: bad_input.
  Status check_model(std::string_view fingerprint,
                     std::string_view source) const;
};

// The affine form of a basis; nullptr for an sae.
const LinearParts* linear_parts(const Decomposition& decomposition);

// set: every basis a LinearBasis (internal otherwise). The file appears whole
// or not at all; an earlier one is replaced. Errors: io.
Status write_basis_file(const BasisSet& set, const std::filesystem::path& path,
                        bool replace = true);

// TensorFile::fingerprint() of that file.
Result<std::string> basis_fingerprint(const BasisSet& set);

// Errors: io, bad_file for anything that is no such file or is inconsistent:
// shapes, a basis or mean that nobody knows, NaN.
Result<BasisSet> read_basis_file(const std::filesystem::path& path);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_BASIS_FILE_H_
