// The tokenizer that a GGUF file carries.
#ifndef EXCISE_MODEL_GGUF_GGUF_TOKENIZER_H_
#define EXCISE_MODEL_GGUF_GGUF_TOKENIZER_H_

#include <optional>
#include <vector>

#include "core/error.h"
#include "io/gguf_header.h"
#include "model/tokenizer/definition.h"

namespace excise {

// None where the file has none. Ids are those of llama.cpp: of the models
// "gpt2" (byte-pair encoding of bytes, cut as tokenizer.ggml.pre says) and
// "llama" (SentencePiece, merged by score). Errors: bad_file, unsupported for
// other models and other cuts.
Result<std::optional<TokenizerDefinition>> read_gguf_tokenizer(
    const GgufMetadata& metadata);

// Ids that end a text, in ascending order: those that the file names, and
// tokens that llama.cpp knows to end a turn by their text.
Result<std::vector<int>> gguf_ends_of_text(const GgufMetadata& metadata);

}  // namespace excise

#endif  // EXCISE_MODEL_GGUF_GGUF_TOKENIZER_H_
