#include "intervention/bases/registry.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/did_you_mean.h"
#include "intervention/bases/diff_means.h"
#include "intervention/bases/first_pc.h"
#include "intervention/bases/ged.h"
#include "intervention/bases/ica.h"
#include "intervention/bases/leace.h"
#include "intervention/bases/neurons.h"
#include "intervention/bases/random_basis.h"
#include "intervention/bases/svd.h"

namespace excise {
namespace {

constexpr std::array<BasisKind, 8> kKinds = {{
    {"svd", "singular vectors", false, true, fit_svd},
    {"ica", "independent sources (FastICA)", false, true, fit_ica},
    {"ged", "variance of one class over another", true, true, fit_ged},
    {"diff-means", "difference of two class means", true, true, fit_diff_means},
    {"leace", "what tells classes apart linearly", true, true, fit_leace},
    {"first-pc", "first component of the differences of pairs", true, true,
     fit_first_pc},
    {"neurons", "neurons as they are", false, false, fit_neurons},
    {"random", "seeded random directions", false, true, fit_random},
}};

}  // namespace

std::span<const BasisKind> basis_kinds() { return kKinds; }

std::string basis_names() {
  std::string names;
  for (const BasisKind& kind : kKinds) {
    if (!names.empty()) names += ", ";
    names += kind.name;
  }
  return names;
}

std::string class_basis_names() {
  std::string names;
  for (const BasisKind& kind : kKinds) {
    if (!kind.needs_classes) continue;
    if (!names.empty()) names += ", ";
    names += kind.name;
  }
  return names;
}

Result<const BasisKind*> find_basis_kind(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name, &BasisKind::name);
  if (found != kKinds.end()) return found;
  std::vector<std::string> known;
  for (const BasisKind& kind : kKinds) known.emplace_back(kind.name);
  const std::string hint =
      name == "sae" ? "a trained sae is given as a folder: --basis-file FOLDER"
                    : did_you_mean(name, known, 1);
  return fail(ErrorCode::kBadInput, {.where = "basis",
                                     .subject = "basis",
                                     .expected = basis_names(),
                                     .found = "\"" + std::string(name) + "\"",
                                     .hint = hint});
}

}  // namespace excise
