// What the three Gemmas have in common beyond Llama.
#ifndef EXCISE_MODEL_FAMILIES_GEMMA_LIKE_H_
#define EXCISE_MODEL_FAMILIES_GEMMA_LIKE_H_

#include "core/error.h"
#include "model/architecture/config_reader.h"
#include "model/architecture/family.h"

namespace excise {

// Norms that multiply by 1 + weight, the embedding times sqrt(d_model), and
// attention_bias. Error unsupported for attention in both directions.
Status set_gemma(const ConfigReader& read, ModelConfig& config);

// Of Gemma 2 and 3: norms on both sides, query_pre_attn_scalar and
// final_logit_softcapping. otherwise: the cap where the file has none; 0: no
// cap.
Status set_later_gemma(const ConfigReader& read, double otherwise,
                       ModelConfig& config);

// A cap of scores or logits; 0: none, as null.
Result<float> read_cap(const ConfigReader& read, std::string_view key,
                       double otherwise);

// With the norms of Gemma 2 and 3.
TensorNames later_gemma_tensor_names();

// Of GGUF files: what Gemma 2 and 3 share.
Status add_gguf_later_gemma(const GgufKeys& keys, nlohmann::json& config);

// query_pre_attn_scalar as llama.cpp knows it: d_head, but d_model / n_heads of
// the largest, which it tells by its layers.
void set_gguf_scalar(size_t layers_of_27b, nlohmann::json& config);

// sliding_window and layer_types. every: the n-th layer has no window, where
// the file does not say which.
Status add_gguf_windows(const GgufKeys& keys, size_t every,
                        nlohmann::json& config);

}  // namespace excise

#endif  // EXCISE_MODEL_FAMILIES_GEMMA_LIKE_H_
