// Makes tokens of one text: added tokens, normalizer, pre-tokenizer and model,
// one after the other.
#ifndef EXCISE_MODEL_TOKENIZER_ENCODER_H_
#define EXCISE_MODEL_TOKENIZER_ENCODER_H_

#include <array>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "model/tokenizer/added_token_search.h"
#include "model/tokenizer/aligned_text.h"
#include "model/tokenizer/bpe.h"
#include "model/tokenizer/definition.h"

namespace excise {

// What an encoder needs of a tokenizer.
struct EncoderParts {
  const TokenizerDefinition& definition;
  const Bpe& model;
  // Tokens of a search are found only where those of the one before were not;
  // the second search is in normalized text.
  const std::array<AddedTokenSearch, 2>& searches;
};

class Encoder {
 public:
  // places: where the tokens' bytes are noted, or null.
  Encoder(EncoderParts parts, std::vector<int>& ids,
          std::vector<ByteRange>* places)
      : parts_(parts), ids_(ids), places_(places), seen_(kSeen) {}

  // text: valid UTF-8. Error bad_input for a character that the model has no
  // token for.
  Status run(std::string_view text);
  // Of a text within another: nothing goes in front or behind.
  Status run_within(std::string_view text);

 private:
  static constexpr size_t kSeen = 4096;
  static constexpr size_t kLongest = 64;  // bytes
  struct Seen {
    std::string_view piece;
    size_t first = 0;  // of its tokens in ids_
    size_t count = 0;
  };
  using Place = PreTokenizer::Place;

  void add(int id, ByteRange place);
  void add_fixed(const std::vector<int>& ids, size_t at);
  ByteRange source(size_t begin, size_t end) const;

  Status encode(std::string_view text, Place place);
  Status encode_normalized(std::string_view text, Place place);
  // Parts that begin at `begin` of the text at hand.
  Status encode_bytes(std::string_view text, size_t begin, Place place);
  Status encode_text(std::string_view text, size_t begin, Place place);
  template <typename Make>
  Status once(std::string_view piece, Make make);

  EncoderParts parts_;
  std::vector<int>& ids_;
  std::vector<ByteRange>* places_;
  std::vector<Seen> seen_;  // a later piece of the same hash replaces it
  std::deque<AlignedText> texts_;
  const AlignedText* aligned_ = nullptr;  // of the part at hand, if normalized
  size_t offset_ = 0;                     // of the part at hand
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_ENCODER_H_
