#include "model/tokenizer/tokenizer.h"

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

#include "io/text_file.h"
#include "io/utf8.h"
#include "model/tokenizer/added_token_search.h"
#include "model/tokenizer/bpe.h"
#include "model/tokenizer/definition.h"
#include "model/tokenizer/encoder.h"

namespace excise {
namespace {

// An added token as it is found in text.
Result<std::string> searched(const TokenizerDefinition& definition,
                             const AddedToken& token) {
  const std::string& content =
      definition.vocabulary.entries()[static_cast<size_t>(token.id)];
  if (!token.normalized || definition.normalizer.empty()) return content;
  return EXCISE_TRY(definition.normalizer.apply(AlignedText(content, 0)))
      .text();
}

// Bytes of each entry.
Result<std::vector<std::string>> entry_bytes(
    const TokenizerDefinition& definition) {
  const Vocabulary& vocabulary = definition.vocabulary;
  const Decoder& decoder = definition.decoder;
  std::vector<std::string> bytes;
  bytes.reserve(vocabulary.entries().size());
  for (const std::string& entry : vocabulary.entries())
    bytes.push_back(EXCISE_TRY(decoder.entry(entry, false)));
  // Added tokens are text, unless the normalizer puts text into the alphabet.
  const bool is_text = definition.pre_tokenizer.is_of_bytes();
  for (const AddedToken& token : vocabulary.added_tokens) {
    const std::string content = EXCISE_TRY(searched(definition, token));
    bytes[static_cast<size_t>(token.id)] =
        EXCISE_TRY(decoder.entry(content, is_text));
  }
  return bytes;
}

std::string unknown_id_text(int id) {
  return "<id " + std::to_string(id) + ">";
}

tl::unexpected<Error> bad_text(std::string expected, std::string found,
                               std::string hint = {}) {
  return fail(ErrorCode::kBadInput, {.where = "tokenizer",
                                     .subject = "text",
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .hint = std::move(hint)});
}

}  // namespace

struct Tokenizer::Impl {
  explicit Impl(TokenizerDefinition read)
      : definition(std::move(read)),
        model(definition.vocabulary, definition.model),
        own_front(definition.post_processor.before) {
    for (AddedTokenSearch& search : searches)
      search = AddedTokenSearch(definition.added_by_length);
  }

  Encoder encoder(std::vector<int>& ids, std::vector<ByteRange>* places) const {
    return {{definition, model, searches}, ids, places};
  }

  TokenizerDefinition definition;
  const Bpe model;
  std::vector<std::string> bytes;    // [id]
  const std::vector<int> own_front;  // by the tokenizer's own rule
  TextReading reading;
  std::array<AddedTokenSearch, 2> searches;
};

namespace {

Status check_text(std::string_view text) {
  if (text.size() > INT_MAX) return bad_text("less than 2 GiB", "more");
  if (const auto offset = first_invalid_utf8(text)) {
    return bad_text("UTF-8",
                    "another byte at offset " + std::to_string(*offset),
                    "convert it, e.g. with iconv -t UTF-8");
  }
  return {};
}

}  // namespace

Tokenizer::Tokenizer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<Tokenizer> Tokenizer::open(const std::filesystem::path& folder) {
  return of(EXCISE_TRY(read_definition(folder)));
}

Result<Tokenizer> Tokenizer::of(TokenizerDefinition read) {
  auto impl = std::make_unique<Impl>(std::move(read));
  const TokenizerDefinition& definition = impl->definition;
  impl->bytes = EXCISE_TRY(entry_bytes(definition));
  for (const AddedToken& token : definition.vocabulary.added_tokens) {
    std::string content = EXCISE_TRY(searched(definition, token));
    if (content.empty()) continue;
    EXCISE_CHECK(impl->searches[token.normalized ? 1 : 0].add(
        std::move(content), token));
  }
  return Tokenizer(std::move(impl));
}

Status Tokenizer::use(const TextReading& reading) {
  const Bos bos = reading.bos;
  TokenizerDefinition& definition = impl_->definition;
  std::vector<int> front = impl_->own_front;
  if (bos == Bos::kNever) front.clear();
  if (bos == Bos::kAlways) {
    const int id = definition.bos_token
                       ? *definition.bos_token
                       : EXCISE_TRY(bos_token(definition.file.parent_path(),
                                              definition.vocabulary));
    definition.bos = id;
    if (std::ranges::find(front, id) == front.end())
      front.insert(front.begin(), id);
  } else {
    definition.bos.reset();
  }
  definition.post_processor.before = std::move(front);
  const bool read = reading.special == SpecialTokens::kRead;
  for (AddedTokenSearch& search : impl_->searches) search.find_special(read);
  definition.special_are_text = !read;
  impl_->reading = reading;
  return {};
}

TextReading Tokenizer::reading() const { return impl_->reading; }

const std::vector<int>& Tokenizer::front() const {
  return impl_->definition.post_processor.before;
}

const std::vector<int>& Tokenizer::behind() const {
  return impl_->definition.post_processor.after;
}

Result<std::vector<int>> Tokenizer::encode(std::string_view text) const {
  EXCISE_CHECK(check_text(text));
  std::vector<int> ids;
  EXCISE_CHECK(impl_->encoder(ids, nullptr).run(text));
  EXCISE_CHECK(impl_->definition.post_processor.check_length(
      ids.size(), impl_->definition.file));
  return ids;
}

Result<std::vector<int>> Tokenizer::encode_word(std::string_view word) const {
  EXCISE_CHECK(check_text(word));
  std::vector<int> ids;
  EXCISE_CHECK(impl_->encoder(ids, nullptr).run_within(word));
  return ids;
}

Result<std::vector<PlacedToken>> Tokenizer::encode_with_places(
    std::string_view text) const {
  EXCISE_CHECK(check_text(text));
  std::vector<int> ids;
  std::vector<ByteRange> places;
  EXCISE_CHECK(impl_->encoder(ids, &places).run(text));
  EXCISE_CHECK(impl_->definition.post_processor.check_length(
      ids.size(), impl_->definition.file));
  std::vector<PlacedToken> tokens;
  for (size_t t = 0; t < ids.size(); ++t)
    tokens.push_back({ids[t], places[t].begin, places[t].end});
  return tokens;
}

Result<std::string> Tokenizer::decode(std::span<const int> ids) const {
  std::string text;
  for (const int id : ids) {
    if (id < 0) {
      return fail(ErrorCode::kBadInput, {.where = "tokenizer",
                                         .subject = "token id",
                                         .expected = "0 or more",
                                         .found = std::to_string(id)});
    }
    const bool known = static_cast<size_t>(id) < size() &&
                       !impl_->bytes[static_cast<size_t>(id)].empty();
    text += known ? impl_->bytes[static_cast<size_t>(id)] : unknown_id_text(id);
  }
  return text;
}

Result<std::string> Tokenizer::decode_text(std::span<const int> ids) const {
  const size_t first =
      ids.empty() ? 0 : EXCISE_TRY(decode(ids.first(1))).size();
  return impl_->definition.decoder.whole(EXCISE_TRY(decode(ids)), first);
}

std::string Tokenizer::piece(int id) const {
  if (id < 0) return "?";
  const std::string bytes = *decode({&id, 1});
  std::string_view rest = bytes;
  std::string readable;
  while (const auto bad = first_invalid_utf8(rest)) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const auto byte = static_cast<uint8_t>(rest[*bad]);
    readable += rest.substr(0, *bad);
    readable += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    rest.remove_prefix(*bad + 1);
  }
  return readable += rest;
}

size_t Tokenizer::size() const { return impl_->bytes.size(); }

std::string Tokenizer::fingerprint() const {
  return impl_->definition.fingerprint();
}

const std::vector<std::string>& Tokenizer::notes() const {
  return impl_->definition.notes;
}

}  // namespace excise
