// What OLMo 2 and 3 have in common beyond Llama.
#ifndef EXCISE_MODEL_FAMILIES_OLMO_LIKE_H_
#define EXCISE_MODEL_FAMILIES_OLMO_LIKE_H_

#include "core/error.h"
#include "model/architecture/config_reader.h"
#include "model/architecture/family.h"
#include "model/families/llama_like.h"

namespace excise {

// Norms behind attention and MLP, and norms of all queries and of all keys.
Result<ModelConfig> read_olmo(const ConfigReader& read,
                              const LlamaDefaults& defaults);

TensorNames olmo_tensor_names();

}  // namespace excise

#endif  // EXCISE_MODEL_FAMILIES_OLMO_LIKE_H_
