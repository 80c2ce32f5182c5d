// SmolLM3 (Hugging Face 2025).
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/architecture/layer_types.h"
#include "model/architecture/rotary_config.h"
#include "model/families/family_list.h"
#include "model/families/llama_like.h"

namespace excise {
namespace {

constexpr auto kHarmless = std::to_array<std::string_view>({"sliding_window"});

constexpr LlamaDefaults kDefaults = {.d_vocab = 128256,
                                     .d_model = 2048,
                                     .d_mlp = 11008,
                                     .n_layers = 36,
                                     .n_heads = 16,
                                     .n_kv_heads = 4,
                                     .n_ctx = 32768,
                                     .tied = true,
                                     .end_of_text = 128001};

// Of each layer, whether it turns: what no_rope_layers says, its name
// notwithstanding.
Result<std::vector<bool>> read_turning_layers(const ConfigReader& read,
                                              size_t n_layers) {
  constexpr const char* kKey = "no_rope_layers";
  constexpr size_t kEvery = 4;
  const size_t every =
      EXCISE_TRY(read.size_or("no_rope_layer_interval", kEvery));
  std::vector<bool> turning;
  const nlohmann::json* given = read.value(kKey);
  if (given == nullptr) {
    for (size_t l = 0; l < n_layers; ++l)
      turning.push_back((l + 1) % every != 0);
    return turning;
  }
  if (given->is_array() && given->size() == n_layers) {
    for (const auto& value : *given) {
      if (value == 0 || value == 1) turning.push_back(value == 1);
    }
  }
  if (turning.size() == n_layers) return turning;
  return read.bad(
      ErrorCode::kBadFile, kKey,
      "a list of " + std::to_string(n_layers) +
          ", 1 for each layer with rotary positions and 0 for the others");
}

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config = EXCISE_TRY(read_llama_like(read, kDefaults));
  EXCISE_CHECK(read_llama_biases(read, config.architecture.biases));
  EXCISE_CHECK(set_rotary(read, {.theta = 2e6}, config));
  const auto turning = EXCISE_TRY(read_turning_layers(read, config.n_layers));
  for (size_t l = 0; l < turning.size(); ++l) {
    if (!turning[l]) config.architecture.attention[l].rotary.reset();
  }
  const bool windows = EXCISE_TRY(read.flag("use_sliding_window", false)) &&
                       read.present("sliding_window");
  const auto sliding = EXCISE_TRY(read_sliding_layers(
      read, config.n_layers, [&](size_t l) { return windows && !turning[l]; }));
  if (windows) EXCISE_CHECK(set_windows(read, sliding, 0, config.architecture));
  return config;
}

}  // namespace

const Family kSmolLm3 = {.name = "SmolLM3",
                         .model_type = "smollm3",
                         .aliases = {},
                         .harmless_keys = kHarmless,
                         .read = read_config,
                         .tensors = llama_tensor_names()};

}  // namespace excise
