// The hook that an experiment edits, as the user names it.
#ifndef EXCISE_RUN_EDIT_PLACE_H_
#define EXCISE_RUN_EDIT_PLACE_H_

#include <string>
#include <string_view>

#include "core/error.h"
#include "model/architecture/hooks.h"

namespace excise {

// "hook_pre", "mlp.hook_pre", "blocks.*.mlp.hook_pre" or
// "transformer.h.*.mlp.c_fc", see named_hook(), of every layer, and with a
// number in the place of the star of that layer; the same for the others of
// kEditHooks. Error bad_input with their names.
Result<NamedHook> parse_edit_place(std::string_view name);

// What a message says such a name may be: "one of hook_pre, ...", or with the
// whole names where `name` is nearly one.
std::string edit_places(std::string_view name);

// The layers that are edited at such a place: `layers`, or that of its name.
// Error bad_input where both are named and differ.
Result<std::string> layers_of_place(const NamedHook& place,
                                    const std::string& layers);

// "blocks.*.mlp.hook_pre", with `layer` in the place of the star.
std::string edit_place_name(HookPoint point, std::string_view layer = "*");

// Error bad_input, with the places that the model has, where it lacks this one.
Status check_edit_place(const ModelConfig& config, HookPoint point);

// "the MLP pre-activation"
std::string_view edit_place_words(HookPoint point);

}  // namespace excise

#endif  // EXCISE_RUN_EDIT_PLACE_H_
