#include "experiment/sweep/sweep_edit.h"

#include <string>

#include "intervention/bases/read_basis.h"
#include "intervention/basis_file.h"
#include "run/edit_place.h"
#include "run/executor.h"

namespace excise {
namespace {

// The model is not open yet; it refuses a layer that it does not have.
Result<NamedHook> place_of(const std::string& hook) {
  if (const auto place = parse_edit_place(hook)) {
    // What comes into a block is edited as what goes out of the one before.
    const size_t layer = place->layer.value_or(0);
    if (place->point == HookPoint::kResidPre && layer > 0)
      return NamedHook{HookPoint::kResidPost, layer - 1};
    return *place;
  }
  std::string known;
  for (const HookPoint point : kEditHooks) {
    known += (known.empty() ? "" : ", ") + edit_place_name(point);
  }
  return fail(ErrorCode::kUnsupported,
              {.where = "sweep",
               .subject = "an edit at " + hook,
               .expected = "one of " + known,
               .found = "another hook, or none",
               .hint = "excise generate --edit runs edits at any hook"});
}

// All components of the first basis in the file.
Result<std::vector<size_t>> components_in(const std::filesystem::path& path) {
  const BasisSet set = EXCISE_TRY(read_basis(path));
  return all_components(*set.hooks.front().second);
}

}  // namespace

Status take_edit(const EditSpec& edit, Spec& spec) {
  const NamedHook place = EXCISE_TRY(place_of(edit.hook));
  spec.hook = place.point;
  spec.layers = EXCISE_TRY(layers_of_place(place, spec.layers));
  spec.source.file = edit.basis.string();
  spec.remove = edit.components.empty() ? EXCISE_TRY(components_in(edit.basis))
                                        : edit.components;
  spec.tokens.positions = edit.positions.text();
  spec.action = edit.action;
  spec.strength = edit.strength;
  spec.from_class = edit.from_class;
  return {};
}

}  // namespace excise
