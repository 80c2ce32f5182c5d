// Which layers of a Qwen2 or Qwen3 see a window.
#ifndef EXCISE_MODEL_FAMILIES_QWEN_WINDOWS_H_
#define EXCISE_MODEL_FAMILIES_QWEN_WINDOWS_H_

#include "core/error.h"
#include "model/architecture/config_reader.h"

namespace excise {

// use_sliding_window, sliding_window, max_window_layers and layer_types.
Status read_qwen_windows(const ConfigReader& read, ModelConfig& config);

}  // namespace excise

#endif  // EXCISE_MODEL_FAMILIES_QWEN_WINDOWS_H_
