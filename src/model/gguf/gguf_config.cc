#include "model/gguf/gguf_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "model/architecture/family.h"
#include "model/architecture/gguf_keys.h"
#include "model/families/llama_like.h"

namespace excise {
namespace {

constexpr const char* kArchitecture = "general.architecture";
constexpr const char* kRopeFactors = "rope_freqs.weight";

// llama.cpp's names, which are the same for all architectures; a projection of
// queries, keys and values is one or three.
TensorNames gguf_names(bool fused) {
  TensorNames names;
  names.token_embedding = "token_embd";
  names.position_embedding = "position_embd";
  names.block = "blk";
  names.final_norm = "output_norm";
  names.head = "output";
  set_modules(names, Slot::kNorm1, {"attn_norm"});
  if (fused) {
    set_modules(names, Slot::kQkv, {"attn_qkv"});
  } else {
    set_modules(names, Slot::kQkv, {"attn_q", "attn_k", "attn_v"});
  }
  set_modules(names, Slot::kQNorm, {"attn_q_norm"});
  set_modules(names, Slot::kKNorm, {"attn_k_norm"});
  set_modules(names, Slot::kO, {"attn_output"});
  set_modules(names, Slot::kNormAttnOut, {"post_attention_norm"});
  set_modules(names, Slot::kNorm2, {"ffn_norm"});
  set_modules(names, Slot::kGate, {"ffn_gate"});
  set_modules(names, Slot::kIn, {"ffn_up"});
  set_modules(names, Slot::kOut, {"ffn_down"});
  set_modules(names, Slot::kNormMlpOut, {"post_ffw_norm"});
  names.of_architecture = {kRopeFactors};
  return names;
}

Result<const Family*> family_of(const GgufMetadata& metadata,
                                Families families) {
  const auto name = EXCISE_TRY(metadata.text(kArchitecture));
  std::string known;
  for (const Family* family : families) {
    const std::string_view own = family->gguf.architecture;
    if (own.empty()) continue;
    if (name == own) return family;
    known += (known.empty() ? "" : ", ") + std::string(own);
  }
  return metadata.bad(ErrorCode::kUnsupported, kArchitecture, known,
                      "a Hugging Face folder of the model may be one that "
                      "excise runs");
}

Biases biases_of(const TensorFile& file) {
  const auto has = [&](const char* name) { return file.find(name) != nullptr; };
  return {.norm = has("output_norm.bias"),
          .qkv = has("blk.0.attn_q.bias") || has("blk.0.attn_qkv.bias"),
          .attn_out = has("blk.0.attn_output.bias"),
          .mlp_in = has("blk.0.ffn_up.bias"),
          .mlp_out = has("blk.0.ffn_down.bias"),
          .head = has("output.bias")};
}

// What llama.cpp divides the angle of each pair by.
Status divide_frequencies(const TensorFile& file, ModelConfig& config) {
  const StoredTensor* factors = file.find(kRopeFactors);
  if (factors == nullptr) return {};
  const auto values = EXCISE_TRY(factors->to_double());
  for (Rotary& rotary : config.architecture.rotaries) {
    auto& frequencies = rotary.inverse_frequencies;
    const bool fits =
        values.size() == frequencies.size() &&
        std::ranges::all_of(values.values(), [](double x) { return x > 0; });
    if (!fits) {
      return fail(ErrorCode::kBadFile,
                  {.where = "gguf",
                   .subject = std::string("tensor ") + kRopeFactors,
                   .expected = std::to_string(frequencies.size()) +
                               " positive numbers, one for each pair of "
                               "columns that turns",
                   .found = std::to_string(values.size()) + " numbers"});
    }
    for (size_t i = 0; i < frequencies.size(); ++i)
      frequencies[i] /= values.values()[i];
  }
  return {};
}

// The vocabulary is as large as its embedding.
Result<size_t> vocabulary_size(const GgufFile& file) {
  const StoredTensor* embedding =
      EXCISE_TRY(file.tensors.get("token_embd.weight"));
  if (embedding->shape.size() == 2) return embedding->shape[0];
  return fail(ErrorCode::kBadFile,
              {.where = "gguf",
               .subject = "tensor token_embd.weight",
               .expected = "a row for each token",
               .found = std::to_string(embedding->shape.size()) + " extents"});
}

}  // namespace

Result<ModelConfig> read_gguf_config(const GgufFile& file, Families families) {
  static const TensorNames kFused = gguf_names(true);
  static const TensorNames kSeparate = gguf_names(false);
  const GgufMetadata& metadata = file.metadata;
  const Family* family = EXCISE_TRY(family_of(metadata, families));
  nlohmann::json json = {
      {"model_type", family->model_type},
      {"vocab_size", EXCISE_TRY(vocabulary_size(file))},
      {"tie_word_embeddings", file.tensors.find("output.weight") == nullptr}};
  EXCISE_CHECK(family->gguf.add_keys(
      GgufKeys(metadata, family->gguf.architecture), json));
  const std::string text =
      json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  ModelConfig config =
      EXCISE_TRY(parse_config(text, metadata.path(), families));
  const bool fused = file.tensors.find("blk.0.attn_qkv.weight") != nullptr;
  if (fused && family->gguf.stores_pairs) {
    return fail(ErrorCode::kUnsupported,
                {.where = "gguf",
                 .subject = metadata.path().string(),
                 .expected = "attn_q, attn_k and attn_v of each layer",
                 .found = "attn_qkv of " + std::string(family->name)});
  }
  config.stored_names = fused ? &kFused : &kSeparate;
  Architecture& a = config.architecture;
  a.norm_adds_one = false;
  a.biases = biases_of(file.tensors);
  EXCISE_CHECK(divide_frequencies(file.tensors, config));
  config.identity = identity_of(config);
  return config;
}

}  // namespace excise
