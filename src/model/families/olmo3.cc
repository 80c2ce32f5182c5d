// OLMo 3 (OLMo Team 2025).
#include "model/architecture/layer_types.h"
#include "model/architecture/rotary_config.h"
#include "model/families/family_list.h"
#include "model/families/llama_like.h"
#include "model/families/olmo_like.h"

namespace excise {
namespace {

constexpr LlamaDefaults kDefaults = {.d_vocab = 50304,
                                     .d_model = 4096,
                                     .d_mlp = 11008,
                                     .n_layers = 32,
                                     .n_heads = 32,
                                     .end_of_text = 50279,
                                     .norm_epsilon = 1e-5};

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config = EXCISE_TRY(read_olmo(read, kDefaults));
  constexpr size_t kEvery = 4, kWindow = 4096;
  const auto sliding = EXCISE_TRY(read_sliding_layers(
      read, config.n_layers, [](size_t l) { return (l + 1) % kEvery != 0; }));
  EXCISE_CHECK(set_windows(read, sliding, kWindow, config.architecture));
  // Transformers 5 takes rope_theta for the layers without a window alone.
  constexpr double kTheta = 500000;
  const double theta = EXCISE_TRY(read.positive("rope_theta", kTheta));
  EXCISE_CHECK(set_rotary_by_type(read, {.theta = kTheta},
                                  {.theta = kTheta, .theta_key = {}}, sliding,
                                  config));
  if (theta != kTheta && !read.present("rope_parameters"))
    config.notes.emplace_back(
        "config.json: rope_theta counts for layers without a window alone, as "
        "Transformers 5 has it; version 4 took it for all");
  return config;
}

}  // namespace

const Family kOlmo3 = {.name = "OLMo 3",
                       .model_type = "olmo3",
                       .aliases = {},
                       .harmless_keys = {},
                       .read = read_config,
                       .tensors = olmo_tensor_names()};

}  // namespace excise
