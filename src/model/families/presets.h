// Published models by name, to make some of their shape with random weights.
#ifndef EXCISE_MODEL_FAMILIES_PRESETS_H_
#define EXCISE_MODEL_FAMILIES_PRESETS_H_

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "io/dtype.h"

namespace excise {

std::vector<std::string_view> preset_names();

// The config.json of a published model, but for the ids of special tokens: the
// last of the vocabulary ends a text. Error bad_input with near names.
Result<std::string> preset_config(std::string_view name, DType dtype);

}  // namespace excise

#endif  // EXCISE_MODEL_FAMILIES_PRESETS_H_
