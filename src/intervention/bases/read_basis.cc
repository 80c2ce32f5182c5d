#include "intervention/bases/read_basis.h"

#include <system_error>

#include "intervention/bases/sae.h"

namespace excise {
namespace {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code ignored;  // what cannot be looked at cannot be read either
  return fs::is_directory(path, ignored);
}

}  // namespace

Result<BasisSet> read_basis(const fs::path& path) {
  return is_folder(path) ? read_sae(path) : read_basis_file(path);
}

fs::path basis_tensors(const fs::path& path) {
  return is_folder(path) ? path / kSaeWeightsFile : path;
}

}  // namespace excise
