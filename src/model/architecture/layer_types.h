// Which layers of a model see a window of positions alone: layer_types of
// config.json.
#ifndef EXCISE_MODEL_ARCHITECTURE_LAYER_TYPES_H_
#define EXCISE_MODEL_ARCHITECTURE_LAYER_TYPES_H_

#include <cstddef>
#include <functional>
#include <vector>

#include "core/error.h"
#include "model/architecture/config_reader.h"

namespace excise {

// Of each layer, whether it has a window; otherwise: where the file does not
// say. Errors: bad_file (not one for each layer), unsupported (a type beside
// "full_attention" and "sliding_attention").
Result<std::vector<bool>> read_sliding_layers(
    const ConfigReader& read, size_t n_layers,
    const std::function<bool(size_t layer)>& otherwise);

// The window of these layers into the architecture. Error bad_file where one
// slides and the file has no window for it, which Transformers does not run
// either.
Status set_windows(const ConfigReader& read, const std::vector<bool>& sliding,
                   std::size_t otherwise, Architecture& architecture);

// The same for all layers; a file whose window is null has none.
Status set_window(const ConfigReader& read, std::size_t otherwise,
                  Architecture& architecture);

}  // namespace excise

#endif  // EXCISE_MODEL_ARCHITECTURE_LAYER_TYPES_H_
