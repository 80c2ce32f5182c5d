#include "model/tokenizer/class_notes.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "model/tokenizer/json_file.h"

namespace excise {
namespace {

using nlohmann::json;

constexpr const char* kQwenPattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

std::string text_in(const json& object, const char* key) {
  const json& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : "";
}

// Which class Transformers 5 takes; none where it reads the file as it is.
std::string class_of(std::string_view model_type, std::string declared) {
  if (declared.ends_with("Fast")) declared.resize(declared.size() - 4);
  if (model_type == "qwen2") return "Qwen2Tokenizer";
  constexpr std::array<std::string_view, 6> kAsItIs = {
      "phi3", "mistral", "granite", "olmo2", "olmo3", "stablelm"};
  if (std::ranges::find(kAsItIs, model_type) != kAsItIs.end()) return "";
  constexpr std::array<std::string_view, 6> kGpt2 = {
      "gpt2", "gpt_neo", "gptj", "opt", "phi", "starcoder2"};
  if (declared.empty() && std::ranges::find(kGpt2, model_type) != kGpt2.end())
    return "GPT2Tokenizer";
  return declared;
}

bool is_plain_byte_level(const json& pre_tokenizer) {
  return part_name(pre_tokenizer) == "ByteLevel" &&
         member(pre_tokenizer, "use_regex") != false;
}

bool is_qwen(const json& file) {
  const json& parts = member(member(file, "pre_tokenizer"), "pretokenizers");
  return part_name(member(file, "normalizer")) == "NFC" && parts.is_array() &&
         parts.size() == 2 &&
         text_in(member(parts[0], "pattern"), "Regex") == kQwenPattern &&
         part_name(parts[1]) == "ByteLevel";
}

bool has_part(const json& part, std::string_view type) {
  if (part_name(part) == type) return true;
  for (const char* list : {"pretokenizers", "processors"})
    for (const json& one : member(part, list))
      if (has_part(one, type)) return true;
  return false;
}

}  // namespace

std::vector<std::string> class_notes(const std::filesystem::path& folder,
                                     const json& config, const json& file) {
  std::string model_type;
  if (is_there(folder / "config.json")) {
    // Who opens the model is told what is wrong with it.
    if (const auto model = read_json_object(folder / "config.json"))
      model_type = text_in(*model, "model_type");
  }
  const std::string name =
      class_of(model_type, text_in(config, "tokenizer_class"));
  const json& pre_tokenizer = member(file, "pre_tokenizer");
  const bool plain = is_plain_byte_level(pre_tokenizer);
  std::vector<std::string> notes;
  const auto note = [&](const std::string& what) {
    notes.push_back(name + " of " + what + "; excise follows tokenizer.json");
  };
  const bool rebuilt =
      (name == "GPT2Tokenizer" &&
       (!plain || !member(file, "normalizer").is_null() ||
        member(member(file, "model"), "ignore_merges") == true)) ||
      (name == "GPTNeoXTokenizer" && !plain) ||
      (name == "Qwen2Tokenizer" && !is_qwen(file));
  if (rebuilt) {
    note(
        "Transformers 5 has a normalizer and pre_tokenizer of its own in "
        "place of the file's, which gives other ids");
  }
  if (name == "GPTNeoXTokenizer" &&
      has_part(member(file, "post_processor"), "TemplateProcessing")) {
    note(
        "Transformers 5 leaves out the tokens that the file's template puts "
        "around a text");
  }
  if (name != "LlamaTokenizer") return notes;
  if (has_part(pre_tokenizer, "ByteLevel")) {
    if (member(config, "bos_token").is_null()) {
      note("Transformers 4 adds the token <s> and puts it in front of a text");
    }
  } else if (part_name(member(file, "normalizer")) == "Sequence") {
    note(
        "Transformers 5 puts no second blank in front of a text that begins "
        "with one, nor any behind an added token");
  }
  return notes;
}

}  // namespace excise
