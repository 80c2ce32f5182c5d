#include "model/architecture/gguf_keys.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "model/architecture/config_reader.h"

namespace excise {

using nlohmann::json;

Result<std::optional<size_t>> GgufKeys::size(std::string_view key) const {
  const std::string whole = name(key);
  if (const auto list = metadata_.numbers(whole); list && *list) {
    const std::vector<double>& sizes = **list;
    if (sizes.empty() || std::ranges::adjacent_find(
                             sizes, std::not_equal_to<>()) != sizes.end()) {
      return bad(ErrorCode::kUnsupported, key, "the same in every layer");
    }
    if (sizes.front() >= 1 && sizes.front() <= kLargestSize)
      return static_cast<size_t>(sizes.front());
    return bad(ErrorCode::kBadFile, key, "sizes");
  }
  const auto value = EXCISE_TRY(metadata_.integer(whole, kLargestSize));
  if (!value || *value > 0) return value;
  return bad(ErrorCode::kBadFile, key, "1 or more");
}

Result<size_t> GgufKeys::needed_size(std::string_view key) const {
  if (const auto value = EXCISE_TRY(size(key))) return *value;
  return bad(ErrorCode::kBadFile, key, "a size");
}

Result<std::optional<double>> GgufKeys::number(std::string_view key) const {
  return metadata_.number(name(key));
}

Result<std::optional<bool>> GgufKeys::flag(std::string_view key) const {
  return metadata_.flag(name(key));
}

Status add_gguf_sizes(const GgufKeys& keys, json& config) {
  config["num_hidden_layers"] = EXCISE_TRY(keys.needed_size("block_count"));
  config["hidden_size"] = EXCISE_TRY(keys.needed_size("embedding_length"));
  config["intermediate_size"] =
      EXCISE_TRY(keys.needed_size("feed_forward_length"));
  config["num_attention_heads"] =
      EXCISE_TRY(keys.needed_size("attention.head_count"));
  config["max_position_embeddings"] =
      EXCISE_TRY(keys.needed_size("context_length"));
  const auto experts =
      EXCISE_TRY(keys.metadata().integer(keys.name("expert_count"), 1 << 24));
  if (experts.value_or(0) == 0) return {};
  return keys.bad(ErrorCode::kUnsupported, "expert_count", "0",
                  "mixtures of experts are not built");
}

Status add_gguf_number(const GgufKeys& keys, std::string_view key,
                       const char* name, json& config) {
  if (const auto value = EXCISE_TRY(keys.number(key))) config[name] = *value;
  return {};
}

Status add_gguf_rotary(const GgufKeys& keys, json& config) {
  EXCISE_CHECK(add_gguf_number(keys, "rope.freq_base", "rope_theta", config));
  const char* const kType = "rope.scaling.type";
  const auto kind =
      EXCISE_TRY(keys.metadata().text(keys.name(kType))).value_or("linear");
  // Older files have the second name.
  double factor = EXCISE_TRY(keys.number("rope.scaling.factor")).value_or(0);
  if (factor == 0)
    factor = EXCISE_TRY(keys.number("rope.scale_linear")).value_or(0);
  for (const char* other :
       {"rope.scaling.alpha", "rope.scaling.yarn_log_multiplier"}) {
    if (EXCISE_TRY(keys.number(other)).value_or(0) != 0)
      return keys.bad(ErrorCode::kUnsupported, other, "0");
  }
  const double attention =
      EXCISE_TRY(keys.number("rope.scaling.attn_factor")).value_or(1);
  json rope = {{"rope_type", "default"}};
  if (kind == "yarn") {
    if (!(factor > 0))
      return keys.bad(ErrorCode::kBadFile, "rope.scaling.factor",
                      "a positive number");
    rope = {{"rope_type", "yarn"},
            {"factor", factor},
            {"attention_factor",
             attention * (factor > 1 ? 1 + 0.1 * std::log(factor) : 1)}};
    if (const auto length =
            EXCISE_TRY(keys.size("rope.scaling.original_context_length")))
      rope["original_max_position_embeddings"] = *length;
    EXCISE_CHECK(add_gguf_number(keys, "rope.scaling.yarn_beta_fast",
                                 "beta_fast", rope));
    EXCISE_CHECK(add_gguf_number(keys, "rope.scaling.yarn_beta_slow",
                                 "beta_slow", rope));
  } else if (kind != "none" && kind != "linear") {
    return keys.bad(ErrorCode::kUnsupported, kType, "none, linear or yarn");
  } else if (attention != 1) {
    return keys.bad(ErrorCode::kUnsupported, "rope.scaling.attn_factor", "1");
  } else if (kind == "linear" && factor != 0 && factor != 1) {
    rope = {{"rope_type", "linear"}, {"factor", factor}};
  }
  config["rope_parameters"] = rope;
  return {};
}

Status add_gguf_llama(const GgufKeys& keys, json& config) {
  EXCISE_CHECK(add_gguf_sizes(keys, config));
  const size_t heads = config["num_attention_heads"];
  const size_t width = config["hidden_size"];
  config["num_key_value_heads"] =
      EXCISE_TRY(keys.size("attention.head_count_kv")).value_or(heads);
  const size_t d_head =
      EXCISE_TRY(keys.size("attention.key_length")).value_or(width / heads);
  config["head_dim"] = d_head;
  for (const char* other : {"attention.value_length", "rope.dimension_count"}) {
    if (EXCISE_TRY(keys.size(other)).value_or(d_head) != d_head) {
      return keys.bad(ErrorCode::kUnsupported, other,
                      std::to_string(d_head) + ", the width of a head");
    }
  }
  constexpr const char* kEpsilon = "attention.layer_norm_rms_epsilon";
  EXCISE_CHECK(add_gguf_number(keys, kEpsilon, "rms_norm_eps", config));
  if (!config.contains("rms_norm_eps"))
    return keys.bad(ErrorCode::kBadFile, kEpsilon, "a positive number");
  return add_gguf_rotary(keys, config);
}

}  // namespace excise
