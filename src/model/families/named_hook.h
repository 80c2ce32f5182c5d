// Hooks by name before a model is open.
#ifndef EXCISE_MODEL_FAMILIES_NAMED_HOOK_H_
#define EXCISE_MODEL_FAMILIES_NAMED_HOOK_H_

#include <optional>
#include <string_view>

#include "model/architecture/hooks.h"

namespace excise {

// A TransformerLens name, or a module of Transformers that is the same hook in
// every family that calls one so: "transformer.h.*.mlp.c_fc" is hook_pre. Not
// "model.layers.*.mlp.down_proj", behind which some families have a norm.
// Nothing for other names.
std::optional<NamedHook> named_hook(std::string_view name);

}  // namespace excise

#endif  // EXCISE_MODEL_FAMILIES_NAMED_HOOK_H_
