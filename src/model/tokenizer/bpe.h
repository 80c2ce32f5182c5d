// The model of a tokenizer: byte-pair encoding of one piece of text.
#ifndef EXCISE_MODEL_TOKENIZER_BPE_H_
#define EXCISE_MODEL_TOKENIZER_BPE_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "model/tokenizer/merges.h"
#include "model/tokenizer/vocabulary.h"

namespace excise {

struct BpeOptions {
  bool ignore_merges = false;  // a piece that is an entry is that token
  bool byte_fallback = false;  // characters without an entry as <0xNN>
  // The entry for characters that have none. Where it is not named they are
  // left out; where it is not in the vocabulary, one that is met is an error.
  std::optional<std::string> unknown = {};
  bool fuse_unknown = false;  // one of several such characters
};

class Bpe {
 public:
  // vocabulary: with its merges; must outlive this.
  Bpe(const Vocabulary& vocabulary, BpeOptions options);

  // Appends the tokens of a piece. ends, where not null, gets where each ends
  // in the bytes of the piece. Time n log n. Error bad_input for a character
  // that neither an entry nor an unknown token stands for.
  // Of bytes, which the entries have in GPT-2's alphabet:
  Status add_bytes(std::string_view bytes, std::vector<int>& ids,
                   std::vector<size_t>* ends) const;
  // Of valid UTF-8, as entries have it:
  Status add_text(std::string_view text, std::vector<int>& ids,
                  std::vector<size_t>* ends) const;

 private:
  static constexpr int kNone = -1;

  // Appends the tokens before any merge; how many bytes each stands for.
  Result<std::vector<size_t>> add_symbols(std::string_view text,
                                          std::vector<int>& ids) const;
  bool add_whole(std::string_view entry, std::vector<int>& ids) const;

  const Vocabulary& vocabulary_;
  BpeOptions options_;
  std::optional<int> unknown_;
  Merges merges_;
  std::array<int, 256> of_byte_{};   // its character's entry, or kNone
  std::array<int, 256> fallback_{};  // <0xNN>, or kNone
  bool complete_ = false;            // every byte has an entry
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_BPE_H_
