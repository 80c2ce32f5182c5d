// Ministral 3 (Mistral AI 2025), the text model.
#include <nlohmann/json.hpp>

#include "model/architecture/layer_types.h"
#include "model/architecture/rotary_config.h"
#include "model/families/family_list.h"
#include "model/families/llama_like.h"

namespace excise {
namespace {

constexpr LlamaDefaults kDefaults = {.d_vocab = 131072,
                                     .d_model = 4096,
                                     .d_mlp = 14336,
                                     .n_layers = 34,
                                     .n_heads = 32,
                                     .n_kv_heads = 8,
                                     .d_head = 128,
                                     .n_ctx = 262144,
                                     .end_of_text = 2,
                                     .norm_epsilon = 1e-5};

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config = EXCISE_TRY(read_llama_like(read, kDefaults));
  const RotaryText given = EXCISE_TRY(rotary_text(read));
  nlohmann::json parameters = *given.parameters;
  // What its configuration class has where the file has none.
  if (!read.present("rope_parameters") && parameters.empty()) {
    parameters = {{"rope_type", "yarn"},
                  {"rope_theta", 1e6},
                  {"factor", 16},
                  {"original_max_position_embeddings", 16384},
                  {"beta_fast", 32},
                  {"beta_slow", 1},
                  {"mscale_all_dim", 1},
                  {"mscale", 1},
                  {"llama_4_scaling_beta", 0.1}};
  }
  const size_t rotary = EXCISE_TRY(
      add_rotary(read, {given.name, &parameters}, {}, false, config));
  Architecture& a = config.architecture;
  turn_all_layers(rotary, a);
  const auto number = [&](const char* key) -> Result<double> {
    const auto found = parameters.find(key);
    if (found != parameters.end() && found->is_number() && *found > 0)
      return found->get<double>();
    return read.bad_value(ErrorCode::kBadFile, given.name + "." + key,
                          found == parameters.end() ? nullptr : &*found,
                          "a positive number");
  };
  a.query_growth.beta = EXCISE_TRY(number("llama_4_scaling_beta"));
  // The one at the top level counts more.
  constexpr const char* kLength = "original_max_position_embeddings";
  a.query_growth.length =
      read.present(kLength) ? EXCISE_TRY(read.size(kLength, 0))
                            : static_cast<size_t>(EXCISE_TRY(number(kLength)));
  if (a.query_growth.length == 0)
    return read.bad(ErrorCode::kBadFile, kLength, "a whole number from 1 on");
  EXCISE_CHECK(set_window(read, 0, a));
  return config;
}

}  // namespace

const Family kMinistral3 = {.name = "Ministral 3",
                            .model_type = "ministral3",
                            .aliases = {},
                            .harmless_keys = {},
                            .read = read_config,
                            .tensors = llama_tensor_names()};

}  // namespace excise
