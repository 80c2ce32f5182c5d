#include "model/families/presets.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "model/families/families.h"
#include "model/families/gpt2.h"

namespace excise {
namespace {

struct Preset {
  std::string_view name, config;
};

// From the models' own files. GPT-2's: Radford et al. 2019, table 2.
// clang-format off
constexpr auto kPresets = std::to_array<Preset>({
    {"gpt2",
     R"({"model_type": "gpt2", "n_layer": 12, "n_embd": 768, "n_head": 12})"},
    {"gpt2-medium",
     R"({"model_type": "gpt2", "n_layer": 24, "n_embd": 1024, "n_head": 16})"},
    {"gpt2-large",
     R"({"model_type": "gpt2", "n_layer": 36, "n_embd": 1280, "n_head": 20})"},
    {"gpt2-xl",
     R"({"model_type": "gpt2", "n_layer": 48, "n_embd": 1600, "n_head": 25})"},
    {"gpt-neo-125m",
     R"({"model_type": "gpt_neo", "num_layers": 12, "hidden_size": 768, "num_heads": 12, "vocab_size": 50257, "max_position_embeddings": 2048, "attention_types": [[["global", "local"], 6]]})"},
    {"tinystories-33m",
     R"({"model_type": "gpt_neo", "num_layers": 4, "hidden_size": 768, "num_heads": 16, "vocab_size": 50257, "max_position_embeddings": 2048, "attention_types": [[["global", "local"], 2]]})"},
    {"gpt-j-6b",
     R"({"model_type": "gptj", "n_layer": 28, "n_embd": 4096, "n_head": 16, "rotary_dim": 64, "vocab_size": 50400, "n_positions": 2048})"},
    {"pythia-70m",
     R"({"model_type": "gpt_neox", "num_hidden_layers": 6, "hidden_size": 512, "num_attention_heads": 8, "intermediate_size": 2048, "vocab_size": 50304, "max_position_embeddings": 2048, "rotary_pct": 0.25})"},
    {"pythia-160m",
     R"({"model_type": "gpt_neox", "num_hidden_layers": 12, "hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072, "vocab_size": 50304, "max_position_embeddings": 2048, "rotary_pct": 0.25})"},
    {"pythia-410m",
     R"({"model_type": "gpt_neox", "num_hidden_layers": 24, "hidden_size": 1024, "num_attention_heads": 16, "intermediate_size": 4096, "vocab_size": 50304, "max_position_embeddings": 2048, "rotary_pct": 0.25})"},
    {"pythia-1b",
     R"({"model_type": "gpt_neox", "num_hidden_layers": 16, "hidden_size": 2048, "num_attention_heads": 8, "intermediate_size": 8192, "vocab_size": 50304, "max_position_embeddings": 2048, "rotary_pct": 0.25})"},
    {"pythia-1.4b",
     R"({"model_type": "gpt_neox", "num_hidden_layers": 24, "hidden_size": 2048, "num_attention_heads": 16, "intermediate_size": 8192, "vocab_size": 50304, "max_position_embeddings": 2048, "rotary_pct": 0.25})"},
    {"opt-125m",
     R"({"model_type": "opt", "num_hidden_layers": 12, "hidden_size": 768, "num_attention_heads": 12, "ffn_dim": 3072, "vocab_size": 50272, "max_position_embeddings": 2048})"},
    {"smollm2-135m",
     R"({"model_type": "llama", "num_hidden_layers": 30, "hidden_size": 576, "num_attention_heads": 9, "num_key_value_heads": 3, "intermediate_size": 1536, "vocab_size": 49152, "max_position_embeddings": 8192, "rope_theta": 100000, "rms_norm_eps": 1e-05, "tie_word_embeddings": true})"},
    {"smollm2-360m",
     R"({"model_type": "llama", "num_hidden_layers": 32, "hidden_size": 960, "num_attention_heads": 15, "num_key_value_heads": 5, "intermediate_size": 2560, "vocab_size": 49152, "max_position_embeddings": 8192, "rope_theta": 100000, "rms_norm_eps": 1e-05, "tie_word_embeddings": true})"},
    {"tinyllama-1.1b",
     R"({"model_type": "llama", "num_hidden_layers": 22, "hidden_size": 2048, "num_attention_heads": 32, "num_key_value_heads": 4, "intermediate_size": 5632, "vocab_size": 32000, "max_position_embeddings": 2048, "rms_norm_eps": 1e-05})"},
    {"llama-3.2-1b",
     R"({"model_type": "llama", "num_hidden_layers": 16, "hidden_size": 2048, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64, "intermediate_size": 8192, "vocab_size": 128256, "max_position_embeddings": 131072, "rms_norm_eps": 1e-05, "tie_word_embeddings": true, "rope_theta": 500000, "rope_scaling": {"rope_type": "llama3", "factor": 32, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 8192}})"},
    {"llama-3.1-8b",
     R"({"model_type": "llama", "num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32, "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256, "max_position_embeddings": 131072, "rms_norm_eps": 1e-05, "rope_theta": 500000, "rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 8192}})"},
    {"mistral-7b",
     R"({"model_type": "mistral", "num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32, "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 32000, "max_position_embeddings": 32768, "rms_norm_eps": 1e-05, "sliding_window": 4096})"},
    {"qwen2.5-0.5b",
     R"({"model_type": "qwen2", "num_hidden_layers": 24, "hidden_size": 896, "num_attention_heads": 14, "num_key_value_heads": 2, "intermediate_size": 4864, "vocab_size": 151936, "max_position_embeddings": 32768, "rope_theta": 1000000, "tie_word_embeddings": true})"},
    {"qwen3-0.6b",
     R"({"model_type": "qwen3", "num_hidden_layers": 28, "hidden_size": 1024, "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 3072, "vocab_size": 151936, "max_position_embeddings": 40960, "rope_theta": 1000000, "tie_word_embeddings": true})"},
    {"gemma-2b",
     R"({"model_type": "gemma", "num_hidden_layers": 18, "hidden_size": 2048, "num_attention_heads": 8, "num_key_value_heads": 1, "head_dim": 256, "intermediate_size": 16384, "vocab_size": 256000, "max_position_embeddings": 8192})"},
    {"gemma-2-2b",
     R"({"model_type": "gemma2", "num_hidden_layers": 26, "hidden_size": 2304, "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256, "intermediate_size": 9216, "vocab_size": 256000, "max_position_embeddings": 8192, "sliding_window": 4096})"},
    {"gemma-3-270m",
     R"({"model_type": "gemma3_text", "num_hidden_layers": 18, "hidden_size": 640, "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 256, "intermediate_size": 2048, "vocab_size": 262144, "max_position_embeddings": 32768, "sliding_window": 512})"},
    {"olmo-2-1b",
     R"({"model_type": "olmo2", "num_hidden_layers": 16, "hidden_size": 2048, "num_attention_heads": 16, "num_key_value_heads": 16, "intermediate_size": 8192, "vocab_size": 100352, "max_position_embeddings": 4096, "rms_norm_eps": 1e-06, "rope_theta": 500000})"},
    {"phi-1.5",
     R"({"model_type": "phi", "num_hidden_layers": 24, "hidden_size": 2048, "num_attention_heads": 32, "intermediate_size": 8192, "vocab_size": 51200, "max_position_embeddings": 2048, "partial_rotary_factor": 0.5})"},
    {"phi-3-mini",
     R"({"model_type": "phi3", "num_hidden_layers": 32, "hidden_size": 3072, "num_attention_heads": 32, "intermediate_size": 8192, "vocab_size": 32064, "max_position_embeddings": 4096, "sliding_window": 2047})"},
    {"stablelm-2-1.6b",
     R"({"model_type": "stablelm", "num_hidden_layers": 24, "hidden_size": 2048, "num_attention_heads": 32, "num_key_value_heads": 32, "intermediate_size": 5632, "vocab_size": 100352, "max_position_embeddings": 4096, "use_qkv_bias": true, "partial_rotary_factor": 0.25})"},
    {"starcoder2-3b",
     R"({"model_type": "starcoder2", "num_hidden_layers": 30, "hidden_size": 3072, "num_attention_heads": 24, "num_key_value_heads": 2, "intermediate_size": 12288, "vocab_size": 49152, "max_position_embeddings": 16384, "sliding_window": 4096, "rope_theta": 999999.4420358813})"}});
// clang-format on

}  // namespace

std::vector<std::string_view> preset_names() {
  std::vector<std::string_view> names;
  for (const Preset& preset : kPresets) names.push_back(preset.name);
  return names;
}

Result<std::string> preset_config(std::string_view name, DType dtype) {
  std::vector<std::string> known;
  for (const Preset& preset : kPresets) {
    known.emplace_back(preset.name);
    if (preset.name != name) continue;
    const ModelConfig config =
        EXCISE_TRY(parse_config(preset.config, "preset"));
    auto json = nlohmann::ordered_json::parse(preset.config);
    if (json["model_type"] == "gpt2") return gpt2_config_json(config, dtype);
    json["bos_token_id"] = json["eos_token_id"] = config.d_vocab - 1;
    json["torch_dtype"] = dtype == DType::kF32   ? "float32"
                          : dtype == DType::kF16 ? "float16"
                                                 : "bfloat16";
    return json.dump(2) + "\n";
  }
  return fail(ErrorCode::kBadInput,
              {.where = "make-model",
               .subject = "preset",
               .expected = fmt::format("one of {}", fmt::join(known, ", ")),
               .found = std::string(name)});
}

}  // namespace excise
