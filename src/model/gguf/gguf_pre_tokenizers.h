// How llama.cpp cuts text before merges, by the name that a GGUF file gives it.
#ifndef EXCISE_MODEL_GGUF_GGUF_PRE_TOKENIZERS_H_
#define EXCISE_MODEL_GGUF_GGUF_PRE_TOKENIZERS_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace excise {

struct GgufPreTokenizer {
  // Each cuts what the one before left, and what it matches stands alone.
  std::span<const std::string_view> patterns;
  bool ignore_merges = false;  // a piece that is an entry is that token
  bool adds_bos = false;       // where the file does not say
};

// name: tokenizer.ggml.pre. None for a name that is not known here.
std::optional<GgufPreTokenizer> gguf_pre_tokenizer(std::string_view name);

// For messages.
std::string known_gguf_pre_tokenizers();

}  // namespace excise

#endif  // EXCISE_MODEL_GGUF_GGUF_PRE_TOKENIZERS_H_
