#include "model/tokenizer/tokenizer.h"

#include <array>
#include <climits>
#include <deque>
#include <functional>
#include <utility>

#include "io/text_file.h"
#include "io/utf8.h"
#include "model/tokenizer/added_token_search.h"
#include "model/tokenizer/byte_alphabet.h"
#include "model/tokenizer/definition.h"
#include "model/tokenizer/merges.h"

namespace excise {
namespace {

// Bytes of each entry: added tokens are text, the others are written in GPT-2's
// alphabet. What is not, no text becomes; it is shown as it stands, as a
// decoder of tokenizers does.
std::vector<std::string> entry_bytes(const Vocabulary& vocabulary) {
  const auto& entries = vocabulary.entries();
  std::vector<std::string> bytes(entries.size());
  for (size_t id = 0; id < entries.size(); ++id)
    bytes[id] = alphabet_to_bytes(entries[id]).value_or(entries[id]);
  for (const AddedToken& token : vocabulary.added_tokens) {
    const auto id = static_cast<size_t>(token.id);
    bytes[id] = entries[id];
  }
  return bytes;
}

std::array<int, 256> byte_ids(const Vocabulary& vocabulary) {
  std::array<int, 256> ids{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    const auto id = vocabulary.find(byte_character(static_cast<uint8_t>(byte)));
    ids[byte] = id && !vocabulary.is_appended(*id) ? *id : Merges::kNoToken;
  }
  return ids;
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
  TokenizerDefinition definition;
  Merges merges;
  std::vector<std::string> bytes;  // [id]
  // Tokens of a search are found only where those of the one before were not;
  // the second search is in normalized text.
  std::array<AddedTokenSearch, 2> searches;

  // The entry that a piece is.
  std::optional<int> whole(std::string_view piece) const {
    std::string entry;
    for (const char c : piece) entry += byte_character(static_cast<uint8_t>(c));
    const auto id = definition.vocabulary.find(entry);
    return id && !definition.vocabulary.is_appended(*id) ? id : std::nullopt;
  }
};

namespace {

// Makes tokens of one text.
class Encoder {
 public:
  // places: where the tokens' bytes are noted, or null.
  Encoder(const Tokenizer::Impl& impl, std::vector<int>& ids,
          std::vector<ByteRange>* places)
      : impl_(impl), ids_(ids), places_(places), seen_(kSeen) {}

  Status run(std::string_view text) {
    add_fixed(impl_.definition.post_processor.before, 0);
    EXCISE_CHECK(run_word(text));
    add_fixed(impl_.definition.post_processor.after, text.size());
    return {};
  }

  // Without what goes before and behind.
  Status run_word(std::string_view text) {
    for (const auto& [begin, end, id] :
         EXCISE_TRY(impl_.searches[0].parts(text))) {
      if (id) {
        add(*id, {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
        continue;
      }
      const std::string_view part = text.substr(begin, end - begin);
      offset_ = begin;
      aligned_ = nullptr;
      if (impl_.definition.normalizer.empty()) {
        EXCISE_CHECK(encode_normalized(part));
      } else {
        // Kept, since pieces that were seen point into it.
        aligned_ = &texts_.emplace_back(EXCISE_TRY(
            impl_.definition.normalizer.apply(AlignedText(part, begin))));
        EXCISE_CHECK(encode_normalized(aligned_->text()));
      }
    }
    return {};
  }

 private:
  static constexpr size_t kSeen = 4096;
  static constexpr size_t kLongest = 64;  // bytes
  struct Seen {
    std::string_view piece;
    size_t first = 0;  // of its tokens in ids_
    size_t count = 0;
  };

  void add(int id, ByteRange place) {
    ids_.push_back(id);
    if (places_ != nullptr) places_->push_back(place);
  }
  void add_fixed(const std::vector<int>& ids, size_t at) {
    const auto place = static_cast<uint32_t>(at);
    for (const int id : ids) add(id, {place, place});
  }

  ByteRange source(size_t begin, size_t end) const {
    if (aligned_ != nullptr) return aligned_->source(begin, end);
    return {static_cast<uint32_t>(offset_ + begin),
            static_cast<uint32_t>(offset_ + end)};
  }

  Status encode_normalized(std::string_view text) {
    for (const auto& [begin, end, id] :
         EXCISE_TRY(impl_.searches[1].parts(text))) {
      if (id) {
        add(*id, source(begin, end));
        continue;
      }
      Status status;
      EXCISE_CHECK(impl_.definition.pre_tokenizer.split(
          text.substr(begin, end - begin),
          [&](std::string_view piece, bool prefix) {
            if (status) status = encode_piece(piece, prefix, text);
          }));
      EXCISE_CHECK(status);
    }
    return {};
  }

  Status encode_piece(std::string_view piece, bool prefix,
                      std::string_view text) {
    const size_t first = ids_.size();
    if (prefix) {
      const std::string prefixed = " " + std::string(piece);
      EXCISE_CHECK(merge(prefixed));
    } else if (piece.size() > kLongest) {
      EXCISE_CHECK(merge(piece));
    } else {
      EXCISE_CHECK(merge_once(piece));
    }
    if (places_ != nullptr) {
      place(first, static_cast<size_t>(piece.data() - text.data()),
            piece.size(), prefix ? 1 : 0);
    }
    return {};
  }

  // A repeated short piece is merged only once.
  Status merge_once(std::string_view piece) {
    Seen& seen = seen_[std::hash<std::string_view>()(piece) % kSeen];
    if (seen.piece == piece && !piece.empty()) {
      for (size_t i = 0; i < seen.count; ++i)
        ids_.push_back(ids_[seen.first + i]);
      return {};
    }
    const size_t first = ids_.size();
    EXCISE_CHECK(merge(piece));
    seen = {piece, first, ids_.size() - first};
    return {};
  }

  Status merge(std::string_view piece) {
    if (impl_.definition.ignore_merges) {
      if (const auto id = impl_.whole(piece)) {
        ids_.push_back(*id);
        return {};
      }
    }
    if (const auto at = impl_.merges.first_without_token(piece)) {
      return bad_text("bytes that the tokenizer has a token for",
                      "the byte " +
                          std::to_string(static_cast<uint8_t>(piece[*at])) +
                          " of \"" + std::string(beginning(piece, 40)) + "\"");
    }
    impl_.merges.apply(piece, ids_);
    return {};
  }

  // Notes the bytes of the tokens from ids_[first] on, which are those of a
  // piece with so many blanks in front.
  void place(size_t first, size_t begin, size_t size, size_t blanks) {
    size_t at = 0;  // in the piece with its blanks
    for (size_t i = first; i < ids_.size(); ++i) {
      const size_t next = std::min(
          at + impl_.bytes[static_cast<size_t>(ids_[i])].size(), size + blanks);
      places_->push_back(source(begin + (at > blanks ? at - blanks : 0),
                                begin + (next > blanks ? next - blanks : 0)));
      at = next;
    }
  }

  const Tokenizer::Impl& impl_;
  std::vector<int>& ids_;
  std::vector<ByteRange>* places_;
  std::vector<Seen> seen_;  // a later piece of the same hash replaces it
  std::deque<AlignedText> texts_;
  const AlignedText* aligned_ = nullptr;  // of the part at hand, if normalized
  size_t offset_ = 0;                     // of the part at hand
};

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
  TokenizerDefinition definition = EXCISE_TRY(read_definition(folder));
  const Vocabulary& vocabulary = definition.vocabulary;
  Merges merges(byte_ids(vocabulary), vocabulary.merges(),
                {definition.unknown, definition.fuse_unknown});
  std::vector<std::string> bytes = entry_bytes(vocabulary);
  auto impl = std::make_unique<Impl>(
      Impl{std::move(definition), std::move(merges), std::move(bytes), {}});
  for (const AddedToken& token : impl->definition.vocabulary.added_tokens) {
    std::string content = impl->bytes[static_cast<size_t>(token.id)];
    if (token.normalized && !impl->definition.normalizer.empty()) {
      content =
          EXCISE_TRY(impl->definition.normalizer.apply(AlignedText(content, 0)))
              .text();
    }
    if (content.empty()) continue;
    EXCISE_CHECK(impl->searches[token.normalized ? 1 : 0].add(
        std::move(content), token));
  }
  return Tokenizer(std::move(impl));
}

Result<std::vector<int>> Tokenizer::encode(std::string_view text) const {
  EXCISE_CHECK(check_text(text));
  std::vector<int> ids;
  EXCISE_CHECK(Encoder(*impl_, ids, nullptr).run(text));
  EXCISE_CHECK(impl_->definition.post_processor.check_length(
      ids.size(), impl_->definition.file));
  return ids;
}

Result<std::vector<int>> Tokenizer::encode_word(std::string_view word) const {
  EXCISE_CHECK(check_text(word));
  std::vector<int> ids;
  EXCISE_CHECK(Encoder(*impl_, ids, nullptr).run_word(word));
  return ids;
}

Result<std::vector<PlacedToken>> Tokenizer::encode_with_places(
    std::string_view text) const {
  EXCISE_CHECK(check_text(text));
  std::vector<int> ids;
  std::vector<ByteRange> places;
  EXCISE_CHECK(Encoder(*impl_, ids, &places).run(text));
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
