// Byte-pair encoding, identical to Hugging Face's tokenizers.
#ifndef EXCISE_MODEL_TOKENIZER_TOKENIZER_H_
#define EXCISE_MODEL_TOKENIZER_TOKENIZER_H_

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "model/tokenizer/bos.h"

namespace excise {

struct TokenizerDefinition;

// A token of a text, and the bytes [begin, end) of the text that it stands for:
// none for one that is put in front or behind.
struct PlacedToken {
  int id;
  size_t begin;
  size_t end;
};

class Tokenizer {
 public:
  // folder: tokenizer.json, or vocab.json + merges.txt where it is not there;
  // docs/formats.md says which file decides what. Errors: io (nothing there),
  // bad_file, unsupported (a tokenizer of another kind).
  static Result<Tokenizer> open(const std::filesystem::path& folder);
  // As the definition says. Errors: those of its decoder.
  static Result<Tokenizer> of(TokenizerDefinition definition);
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // How texts are read from now on; as TextReading() until then. Errors: those
  // of bos_token(), for Bos::kAlways.
  Status use(const TextReading& reading);
  TextReading reading() const;
  // Ids that go in front of every text and behind it.
  const std::vector<int>& front() const;
  const std::vector<int>& behind() const;

  // Text must be UTF-8 (else bad_input, naming the byte offset). Tokens that
  // the tokenizer puts before and behind every text are there too. Time linear
  // in the text (up to a logarithm). Errors: bad_input for a character that no
  // token stands for; unsupported where the files would cut or fill a text of
  // this length.
  Result<std::vector<int>> encode(std::string_view text) const;
  // The same of a word within a text: without what the tokenizer puts before
  // and behind every text, be it a token or a blank.
  Result<std::vector<int>> encode_word(std::string_view word) const;
  // As encode(), with places, in the order of the text.
  Result<std::vector<PlacedToken>> encode_with_places(
      std::string_view text) const;
  // The bytes of the tokens; may be no valid UTF-8 when a token holds part of a
  // character. An id that the tokenizer does not know is written <id 50260>:
  // vocabularies of models are often larger. Error bad_input for one below 0.
  Result<std::string> decode(std::span<const int> ids) const;
  // The same of a text from its beginning: without the blank that the tokenizer
  // put in front of it, where its decoder takes that off.
  Result<std::string> decode_text(std::span<const int> ids) const;
  // The token's bytes for people: decoded where valid, other bytes as \xNN.
  std::string piece(int id) const;
  // One more than the highest id.
  size_t size() const;
  // 32 hex digits that name what makes ids of a text and text of ids.
  std::string fingerprint() const;
  // What one should know of how the folder's files were read, a sentence each.
  const std::vector<std::string>& notes() const;

  struct Impl;

 private:
  explicit Tokenizer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_TOKENIZER_H_
