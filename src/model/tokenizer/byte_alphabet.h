// How GPT-2 writes bytes in its vocabulary: printable Latin-1 as itself, the
// others as U+0100 and up, so that every byte is one visible character.
// https://github.com/openai/gpt-2/blob/master/src/encoder.py
#ifndef EXCISE_MODEL_TOKENIZER_BYTE_ALPHABET_H_
#define EXCISE_MODEL_TOKENIZER_BYTE_ALPHABET_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace excise {

// The UTF-8 of the character that stands for a byte.
std::string byte_character(uint8_t byte);

// The bytes that a vocabulary entry stands for; none when it has a character
// outside the alphabet.
std::optional<std::string> alphabet_to_bytes(std::string_view entry);

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_BYTE_ALPHABET_H_
