#include "experiment/concept/concept_apply.h"

#include <fmt/format.h>

#include <cmath>

#include "experiment/concept/concept_results.h"
#include "io/text_file.h"
#include "model/architecture/hooks.h"

namespace excise {
namespace {

// The hook of this layer among those that were fitted.
Result<std::string> hook_at(const BasisSet& bases, size_t layer) {
  std::string layers;
  for (const auto& [hook, basis] : bases.hooks) {
    const auto named = parse_hook_name(hook);
    if (named && named->layer == layer) return hook;
    const size_t begin = hook.find('.') + 1;
    layers += (layers.empty() ? "" : ", ") +
              hook.substr(begin, hook.find('.', begin) - begin);
  }
  return refuse_concept(fmt::format("layer {}", layer),
                        "one that was fitted: " + layers, "another");
}

}  // namespace

Result<FittedConcept> read_fitted_concept(const std::filesystem::path& folder) {
  constexpr size_t kMaxBytes = size_t{16} << 20;
  const auto experiment = folder / "experiment.toml";
  std::error_code error;
  if (!std::filesystem::exists(experiment, error)) {
    return refuse_concept(folder.string(), "the folder of a concept fit",
                          "no experiment.toml in it");
  }
  FittedConcept fitted;
  fitted.spec = EXCISE_TRY(parse_concept_spec(
      EXCISE_TRY(read_plain_text(experiment, kMaxBytes)).text,
      experiment.string()));
  fitted.bases = EXCISE_TRY(read_basis_file(folder / kConceptBasisFile));
  fitted.off = EXCISE_TRY(read_edit(folder / "off.toml"));
  fitted.on = EXCISE_TRY(read_edit(folder / "on.toml"));
  return fitted;
}

Result<EditSpec> concept_edit(const FittedConcept& fitted,
                              const ConceptChange& change) {
  EditSpec edit = change.way == ConceptSwitch::kOff ? fitted.off : fitted.on;
  edit.basis = kEditBasisFile;
  if (change.alpha) {
    if (!std::isfinite(*change.alpha)) {
      return refuse_concept("alpha", "a finite number",
                            fmt::format("{}", *change.alpha));
    }
    edit.strength = *change.alpha;
  }
  if (change.layer)
    edit.hook = EXCISE_TRY(hook_at(fitted.bases, *change.layer));
  if (change.positions) edit.positions = *change.positions;
  return edit;
}

Status write_concept_edit(const FittedConcept& fitted, const EditSpec& edit,
                          const OutputFolder& folder) {
  BasisSet one;
  one.basis = fitted.bases.basis;
  one.provenance = fitted.bases.provenance;
  one.hooks.emplace_back(edit.hook, EXCISE_TRY(fitted.bases.get(edit.hook)));
  EXCISE_CHECK(folder.write_text(kEditFile, edit_to_toml(edit)));
  return write_basis_file(one, folder.path(kEditBasisFile));
}

}  // namespace excise
