// GPT-2's byte-level byte-pair encoding, identical to Hugging Face's.
#ifndef EXCISE_MODEL_TOKENIZER_TOKENIZER_H_
#define EXCISE_MODEL_TOKENIZER_TOKENIZER_H_

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace excise {

class Tokenizer {
 public:
  // folder: vocab.json + merges.txt, or tokenizer.json where only that is
  // there; special tokens from tokenizer_config.json, special_tokens_map.json,
  // added_tokens.json where present. Errors: io (nothing there), bad_file,
  // unsupported (a tokenizer.json of another kind).
  static Result<Tokenizer> open(const std::filesystem::path& folder);
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // Text must be UTF-8 (else bad_input, naming the byte offset). Special tokens
  // in the text are recognised. Time linear in the text (up to a logarithm).
  Result<std::vector<int>> encode(std::string_view text) const;
  // The bytes of the tokens; may be no valid UTF-8 when a token holds part of a
  // character. Error bad_input for an id outside the vocabulary.
  Result<std::string> decode(std::span<const int> ids) const;
  // The token's bytes for people: decoded where valid, other bytes as \xNN.
  std::string piece(int id) const;
  size_t size() const;

 private:
  struct Impl;
  explicit Tokenizer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_TOKENIZER_H_
