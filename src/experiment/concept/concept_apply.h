// A fitted concept switched off or on, as an edit that other commands take.
#ifndef EXCISE_EXPERIMENT_CONCEPT_CONCEPT_APPLY_H_
#define EXCISE_EXPERIMENT_CONCEPT_CONCEPT_APPLY_H_

#include <cstddef>
#include <filesystem>
#include <optional>

#include "core/error.h"
#include "experiment/concept/concept_spec.h"
#include "intervention/basis_file.h"
#include "intervention/edit_spec.h"
#include "io/output_folder.h"

namespace excise {

// What `concept fit` left in its folder.
struct FittedConcept {
  ConceptSpec spec;
  BasisSet bases;
  EditSpec off, on;  // of the layer and alpha that it chose
};

// Errors: those of reading its files.
Result<FittedConcept> read_fitted_concept(const std::filesystem::path& folder);

// What is asked for instead of what the fit chose.
struct ConceptChange {
  ConceptSwitch way = ConceptSwitch::kOff;
  std::optional<double> alpha;
  std::optional<size_t> layer;
  std::optional<Positions> positions;
};

// The edit; its basis is kEditBasisFile, beside it. Error bad_input for a layer
// that was not fitted or an alpha that is no number.
Result<EditSpec> concept_edit(const FittedConcept& fitted,
                              const ConceptChange& change);

inline constexpr const char* kEditFile = "edit.toml";
inline constexpr const char* kEditBasisFile = "basis.safetensors";

// kEditFile, and beside it the basis of its hook alone. Errors: io.
Status write_concept_edit(const FittedConcept& fitted, const EditSpec& edit,
                          const OutputFolder& folder);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_CONCEPT_APPLY_H_
