#include "model/families/not_built.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace excise {
namespace {

constexpr const char* kExperts =
    "a mixture of experts: its MLPs are many, of which a token takes some; "
    "excise runs dense ones";
constexpr const char* kHybrid =
    "some of its layers have linear attention or a state space instead of "
    "attention, which excise does not run";
constexpr const char* kEncoder =
    "an encoder, or a model with one, in which tokens see what follows; excise "
    "runs decoders";
constexpr const char* kAlibi =
    "its positions are biases of the attention scores (ALiBi), which excise "
    "does not have";
constexpr const char* kMultimodal =
    "a model of pictures or sound too; save its text model alone "
    "(model.language_model, or text_config of config.json) and give that";

constexpr auto kReasons =
    std::to_array<std::pair<std::string_view, const char*>>(
        {{"bart", kEncoder},
         {"bert", kEncoder},
         {"bloom", kAlibi},
         {"dbrx", kExperts},
         {"deepseek_v2", kExperts},
         {"deepseek_v3", kExperts},
         {"falcon_mamba", kHybrid},
         {"gemma3", kMultimodal},
         {"gemma3n",
          "its layers share keys and have inputs of their own, which "
          "excise does not have"},
         {"gemma4",
          "its layers share keys and have inputs of their own, which "
          "excise does not have"},
         {"gemma4_text",
          "its layers share keys and have inputs of their own, which "
          "excise does not have"},
         {"glm4_moe", kExperts},
         {"gpt_oss", kExperts},
         {"granitemoe", kExperts},
         {"granitemoehybrid", kHybrid},
         {"jamba", kHybrid},
         {"lfm2", kHybrid},
         {"llama4", kExperts},
         {"llama4_text", kExperts},
         {"llava", kMultimodal},
         {"llava_next", kMultimodal},
         {"llava_onevision", kMultimodal},
         {"mamba", kHybrid},
         {"mamba2", kHybrid},
         {"mistral3", kMultimodal},
         {"mixtral", kExperts},
         {"mllama", kMultimodal},
         {"mpt", kAlibi},
         {"olmoe", kExperts},
         {"paligemma", kMultimodal},
         {"phimoe", kExperts},
         {"qwen2_5_vl", kMultimodal},
         {"qwen2_moe", kExperts},
         {"qwen2_vl", kMultimodal},
         {"qwen3_5", kHybrid},
         {"qwen3_5_text", kHybrid},
         {"qwen3_moe", kExperts},
         {"qwen3_next", kHybrid},
         {"qwen3_vl", kMultimodal},
         {"recurrent_gemma", kHybrid},
         {"roberta", kEncoder},
         {"rwkv", kHybrid},
         {"t5", kEncoder}});

// Of which there are models that excise runs, with names that begin the same.
constexpr std::array<std::string_view, 3> kUntold = {"gemma3", "mistral3",
                                                     "mllama"};

// Letters and digits alone, in small letters.
std::string plain(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

}  // namespace

std::string why_not_built_by_name(std::string_view hub_id) {
  const std::string name = plain(hub_id.substr(hub_id.rfind('/') + 1));
  for (const auto& [type, why] : kReasons) {
    if (std::ranges::find(kUntold, type) == kUntold.end() &&
        name.starts_with(plain(type)))
      return why;
  }
  return "";
}

std::string why_not_built(std::string_view model_type) {
  const auto found = std::ranges::find(
      kReasons, model_type, &std::pair<std::string_view, const char*>::first);
  return found == kReasons.end() ? "" : found->second;
}

}  // namespace excise
