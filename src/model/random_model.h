// Writes a model with random weights, to try pipelines and speed before the
// real weights are at hand.
#ifndef EXCISE_MODEL_RANDOM_MODEL_H_
#define EXCISE_MODEL_RANDOM_MODEL_H_

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/error.h"
#include "core/progress.h"
#include "io/dtype.h"

namespace excise {

// A Hugging Face folder: config.json as given, model.safetensors of one dtype
// (F32, F16, BF16) and GPT-2's tokenizer, or as much of it as the vocabulary
// holds. Weights are drawn as GPT-2 was initialised:
// normal with standard deviation 0.02, that of the two projections onto the
// residual stream divided by sqrt(2 n_layers), biases 0, norms 1. The same
// seed gives the same bytes. Written in pieces: needs a few MB of memory for
// any size. Errors: those of parse_config, io, bad_input (the folder is there
// already), interrupted.
Status write_random_model(const std::string& config_json, DType dtype,
                          uint64_t seed, const std::filesystem::path& folder,
                          const Progress& progress);

}  // namespace excise

#endif  // EXCISE_MODEL_RANDOM_MODEL_H_
