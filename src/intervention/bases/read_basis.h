// A fitted basis wherever it lies: a basis file, or the folder of a trained
// sparse autoencoder.
#ifndef EXCISE_INTERVENTION_BASES_READ_BASIS_H_
#define EXCISE_INTERVENTION_BASES_READ_BASIS_H_

#include <filesystem>

#include "core/error.h"
#include "intervention/basis_file.h"

namespace excise {

// A folder is read by read_sae(), anything else by read_basis_file(). Errors:
// theirs.
Result<BasisSet> read_basis(const std::filesystem::path& path);

// The file with the numbers of such a basis: itself, or the one in the folder.
std::filesystem::path basis_tensors(const std::filesystem::path& path);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_BASES_READ_BASIS_H_
