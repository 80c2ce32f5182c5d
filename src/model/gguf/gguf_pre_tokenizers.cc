#include "model/gguf/gguf_pre_tokenizers.h"

#include <array>

namespace excise {
namespace {

// Patterns of the models' own tokenizer.json, with upper and lower case written
// out, as llama.cpp has them (src/llama-vocab.cpp): an s that is only like one
// by Unicode's folding does not count there.
#define EXCISE_CONTRACTIONS \
  "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"
#define EXCISE_LETTERS "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+"
#define EXCISE_REST "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
// Letters of mixed case, of Mistral's Tekken and GPT-4o.
#define EXCISE_UPPER "((?=[\\p{L}])([^a-z]))"
#define EXCISE_LOWER "((?=[\\p{L}])([^A-Z]))"
#define EXCISE_OTHER "[^\\r\\n\\p{L}\\p{N}]?"

constexpr std::string_view kWordsOfGpt2 =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|"
    "\\s+(?!\\S)|\\s+";

constexpr std::array kDefault = {std::string_view("[\\p{P}\\$\\+<=>\\^~\\|]+"),
                                 kWordsOfGpt2, std::string_view("\\p{N}+"),
                                 std::string_view("[0-9][0-9][0-9]")};
constexpr std::array kGpt2 = {kWordsOfGpt2};
constexpr std::array kDigits = {std::string_view("\\p{N}"), kWordsOfGpt2};
constexpr std::array kFalcon = {std::string_view("[\\p{P}\\$\\+<=>\\^~\\|`]+"),
                                kWordsOfGpt2,
                                std::string_view("[0-9][0-9][0-9]")};
constexpr std::array kLlama3 = {std::string_view(
    EXCISE_CONTRACTIONS
    "|" EXCISE_LETTERS
    "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" EXCISE_REST)};
constexpr std::array kQwen2 = {std::string_view(
    EXCISE_CONTRACTIONS "|" EXCISE_LETTERS
                        "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" EXCISE_REST)};
constexpr std::array kTekken = {std::string_view(
    EXCISE_OTHER EXCISE_UPPER
    "*" EXCISE_LOWER "+|" EXCISE_OTHER EXCISE_UPPER "+" EXCISE_LOWER
    "*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" EXCISE_REST)};
constexpr std::array kGpt4o = {std::string_view(
    EXCISE_OTHER EXCISE_UPPER
    "*" EXCISE_LOWER "+" EXCISE_CONTRACTIONS "?|" EXCISE_OTHER EXCISE_UPPER
    "+" EXCISE_LOWER "*" EXCISE_CONTRACTIONS
    "?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" EXCISE_REST)};

#undef EXCISE_CONTRACTIONS
#undef EXCISE_LETTERS
#undef EXCISE_REST
#undef EXCISE_UPPER
#undef EXCISE_LOWER
#undef EXCISE_OTHER

struct Named {
  std::string_view name;
  GgufPreTokenizer cuts;
};

constexpr GgufPreTokenizer kLikeLlama3 = {kLlama3, true, true};

constexpr auto kKnown = std::to_array<Named>({
    {"default", {kDefault}},
    {"gpt-2", {kGpt2}},
    {"mpt", {kGpt2}},
    {"olmo", {kGpt2}},
    {"jais", {kGpt2}},
    {"phi-2", {kGpt2}},
    {"mellum", {kGpt2}},
    {"exaone4", {kGpt2}},
    {"starcoder", {kDigits}},
    {"refact", {kDigits}},
    {"command-r", {kDigits}},
    {"smollm", {kDigits}},
    {"codeshell", {kDigits}},
    {"exaone", {kDigits}},
    {"minerva-7b", {kDigits}},
    {"falcon", {kFalcon}},
    {"llama3", kLikeLlama3},
    {"llama-v3", kLikeLlama3},
    {"llama-bpe", kLikeLlama3},
    {"falcon3", kLikeLlama3},
    {"pixtral", kLikeLlama3},
    {"lfm2", kLikeLlama3},
    {"dbrx", {kLlama3}},
    {"smaug-bpe", {kLlama3}},
    {"qwen2", {kQwen2}},
    {"deepseek-r1-qwen", {kQwen2}},
    {"megrez", {kQwen2}},
    {"stablelm2", {kQwen2}},
    {"tekken", {kTekken, true, true}},
    {"gpt-4o", {kGpt4o}},
    {"llama4", {kGpt4o}},
});

}  // namespace

std::optional<GgufPreTokenizer> gguf_pre_tokenizer(std::string_view name) {
  for (const Named& known : kKnown)
    if (known.name == name) return known.cuts;
  return std::nullopt;
}

std::string known_gguf_pre_tokenizers() {
  std::string names;
  for (const Named& known : kKnown)
    names += (names.empty() ? "" : ", ") + std::string(known.name);
  return names;
}

}  // namespace excise
