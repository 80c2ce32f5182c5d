// Whether a file has the tensors of a model.
#ifndef EXCISE_MODEL_TENSOR_CHECK_H_
#define EXCISE_MODEL_TENSOR_CHECK_H_

#include <string>
#include <vector>

#include "core/error.h"
#include "io/safetensors.h"
#include "model/architecture/config.h"

namespace excise {

// Error bad_file for a missing, misshapen or extra tensor. There may be what
// the family does not use, if it says nothing else: the masks of older files
// must be causal, a tied head the same as the embedding (bad_file otherwise).
// Heads for other tasks are left aside. Returns what one should know of it, a
// sentence each.
Result<std::vector<std::string>> check_tensors(const TensorFile& file,
                                               const ModelConfig& config);

}  // namespace excise

#endif  // EXCISE_MODEL_TENSOR_CHECK_H_
