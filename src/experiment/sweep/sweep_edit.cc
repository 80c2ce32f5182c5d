#include "experiment/sweep/sweep_edit.h"

#include <algorithm>
#include <string>

#include "intervention/bases/read_basis.h"
#include "intervention/basis_file.h"
#include "model/families/named_hook.h"
#include "run/edit_place.h"
#include "run/executor.h"

namespace excise {
namespace {

// Where the hook is; its layer is that of the first site where it has a `*`.
Result<HookSite> site_of(const std::string& hook) {
  // The model is not open yet; it refuses a layer that it does not have.
  if (const auto named = named_hook(hook)) {
    HookSite site{named->point, named->layer.value_or(0)};
    // What comes into a block is edited as what goes out of the one before.
    if (site.point == HookPoint::kResidPre && site.layer > 0)
      site = {HookPoint::kResidPost, site.layer - 1};
    if (std::ranges::find(kEditHooks, site.point) != kEditHooks.end())
      return site;
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
  const HookSite site = EXCISE_TRY(site_of(edit.hook));
  spec.hook = site.point;
  if (edit.hook.find('*') == std::string::npos) {
    const std::string layer = std::to_string(site.layer);
    if (spec.layers != "all" && spec.layers != layer) {
      return fail(ErrorCode::kBadInput,
                  {.where = "sweep",
                   .subject = "layers",
                   .expected = layer + ", that of the edit",
                   .found = spec.layers,
                   .hint = "an edit with * in its hook takes other layers"});
    }
    spec.layers = layer;
  }
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
