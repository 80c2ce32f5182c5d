// What a GGUF file says of a model beside its weights.
#ifndef EXCISE_MODEL_GGUF_GGUF_CONFIG_H_
#define EXCISE_MODEL_GGUF_GGUF_CONFIG_H_

#include "core/error.h"
#include "io/gguf.h"
#include "model/architecture/config.h"
#include "model/families/families.h"

namespace excise {

// Sizes and architecture, with the parameters, names and layouts as llama.cpp
// reads them: norms whose weights are whole, biases and a head where there are
// tensors of them, rope_freqs.weight as what frequencies are divided by.
// Errors: bad_file, unsupported for an architecture that no family has.
Result<ModelConfig> read_gguf_config(const GgufFile& file,
                                     Families families = all_families());

}  // namespace excise

#endif  // EXCISE_MODEL_GGUF_GGUF_CONFIG_H_
