// Granite 3 (IBM 2024).
#include "model/architecture/rotary_config.h"
#include "model/families/family_list.h"
#include "model/families/llama_like.h"

namespace excise {
namespace {

constexpr LlamaDefaults kDefaults = {.d_vocab = 32000,
                                     .d_model = 4096,
                                     .d_mlp = 11008,
                                     .n_layers = 32,
                                     .n_heads = 32,
                                     .end_of_text = 2};

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config = EXCISE_TRY(read_llama_like(read, kDefaults));
  Architecture& a = config.architecture;
  EXCISE_CHECK(read_llama_biases(read, a.biases));
  EXCISE_CHECK(set_rotary(read, {}, config));
  a.embedding_scale =
      static_cast<float>(EXCISE_TRY(read.positive("embedding_multiplier", 1)));
  a.residual_scale =
      static_cast<float>(EXCISE_TRY(read.positive("residual_multiplier", 1)));
  a.head.scale =
      static_cast<float>(1 / EXCISE_TRY(read.positive("logits_scaling", 1)));
  set_score_scale(
      static_cast<float>(EXCISE_TRY(read.positive("attention_multiplier", 1))),
      a);
  return config;
}

}  // namespace

const Family kGranite = {.name = "Granite",
                         .model_type = "granite",
                         .aliases = {},
                         .harmless_keys = {},
                         .read = read_config,
                         .tensors = llama_tensor_names()};

}  // namespace excise
