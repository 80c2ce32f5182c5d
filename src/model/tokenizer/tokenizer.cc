#include "model/tokenizer/tokenizer.h"

#include <array>
#include <climits>
#include <functional>
#include <utility>

#include "io/text_file.h"
#include "model/tokenizer/added_token_search.h"
#include "model/tokenizer/byte_alphabet.h"
#include "model/tokenizer/file_error.h"
#include "model/tokenizer/merges.h"
#include "model/tokenizer/split.h"
#include "model/tokenizer/vocabulary.h"

namespace excise {
namespace {

// Bytes of each entry: added tokens are text, the others are written in GPT-2's
// alphabet.
Result<std::vector<std::string>> entry_bytes(
    const Vocabulary& vocabulary, const std::filesystem::path& folder) {
  const auto& entries = vocabulary.entries();
  std::vector<bool> added(entries.size());
  for (const AddedToken& token : vocabulary.added_tokens) {
    added[static_cast<size_t>(token.id)] = true;
  }
  std::vector<std::string> bytes(entries.size());
  for (size_t id = 0; id < entries.size(); ++id) {
    auto entry = added[id] ? entries[id] : alphabet_to_bytes(entries[id]);
    if (!entry) {
      return bad_file(folder, "entries in GPT-2's byte alphabet", entries[id]);
    }
    bytes[id] = std::move(*entry);
  }
  return bytes;
}

Result<std::array<int, 256>> byte_ids(const Vocabulary& vocabulary,
                                      const std::filesystem::path& folder) {
  std::array<int, 256> ids{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    const auto id = vocabulary.find(byte_character(static_cast<uint8_t>(byte)));
    if (!id) {
      return bad_file(folder, "an entry for each of the 256 bytes",
                      "none for byte " + std::to_string(byte));
    }
    ids[byte] = *id;
  }
  return ids;
}

}  // namespace

struct Tokenizer::Impl {
  Splitter splitter;
  Merges merges;
  std::vector<std::string> bytes;  // [id]
  // Tokens of a search are found only where those of the one before were not.
  std::array<AddedTokenSearch, 2> searches;
};

namespace {

// Merges the pieces of one text, each repeated short one only once.
class PieceEncoder {
 public:
  PieceEncoder(const Merges& merges, std::vector<int>& ids)
      : merges_(merges), ids_(ids), seen_(kSeen) {}

  void operator()(std::string_view piece) {
    if (piece.size() > kLongest) return merges_.apply(piece, ids_);
    Seen& seen = seen_[std::hash<std::string_view>()(piece) % kSeen];
    if (seen.piece == piece) {
      for (size_t i = 0; i < seen.count; ++i) {
        ids_.push_back(ids_[seen.first + i]);
      }
      return;
    }
    const size_t first = ids_.size();
    merges_.apply(piece, ids_);
    seen = {piece, first, ids_.size() - first};
  }

 private:
  static constexpr size_t kSeen = 4096;
  static constexpr size_t kLongest = 64;  // bytes
  struct Seen {
    std::string_view piece;
    size_t first = 0;  // of its tokens in ids_
    size_t count = 0;
  };
  const Merges& merges_;
  std::vector<int>& ids_;
  std::vector<Seen> seen_;  // a later piece of the same hash replaces it
};

}  // namespace

Tokenizer::Tokenizer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<Tokenizer> Tokenizer::open(const std::filesystem::path& folder) {
  const Vocabulary vocabulary = EXCISE_TRY(read_vocabulary(folder));
  Splitter splitter = EXCISE_TRY(Splitter::create());
  const std::array<int, 256> ids = EXCISE_TRY(byte_ids(vocabulary, folder));
  std::vector<std::string> bytes = EXCISE_TRY(entry_bytes(vocabulary, folder));
  auto impl = std::make_unique<Impl>(Impl{std::move(splitter),
                                          Merges(ids, vocabulary.merges()),
                                          std::move(bytes),
                                          {}});
  for (const AddedToken& token : vocabulary.added_tokens) {
    impl->searches[token.normalized ? 1 : 0].add(
        vocabulary.entries()[static_cast<size_t>(token.id)], token.id);
  }
  return Tokenizer(std::move(impl));
}

Result<std::vector<int>> Tokenizer::encode(std::string_view text) const {
  if (text.size() > INT_MAX) {
    return fail(ErrorCode::kBadInput, {.where = "tokenizer",
                                       .subject = "text",
                                       .expected = "less than 2 GiB",
                                       .found = "more"});
  }
  if (const auto offset = first_invalid_utf8(text)) {
    return fail(ErrorCode::kBadInput,
                {.where = "tokenizer",
                 .subject = "text",
                 .expected = "UTF-8",
                 .found = "another byte at offset " + std::to_string(*offset),
                 .hint = "convert it, e.g. with iconv -t UTF-8"});
  }
  std::vector<int> ids;
  PieceEncoder encode_piece(impl_->merges, ids);
  const std::function<Status(std::string_view, size_t)> encode_part =
      [&](std::string_view part, size_t level) -> Status {
    if (level == impl_->searches.size()) {
      return impl_->splitter.split(part, std::ref(encode_piece));
    }
    for (size_t begin = 0; begin < part.size();) {
      const auto found = impl_->searches[level].find(part, begin);
      EXCISE_CHECK(
          encode_part(part.substr(begin, found.position - begin), level + 1));
      if (found.id >= 0) ids.push_back(found.id);
      begin = found.position + found.length;
    }
    return {};
  };
  EXCISE_CHECK(encode_part(text, 0));
  return ids;
}

Result<std::string> Tokenizer::decode(std::span<const int> ids) const {
  std::string text;
  for (const int id : ids) {
    if (id < 0 || static_cast<size_t>(id) >= size()) {
      return fail(ErrorCode::kBadInput,
                  {.where = "tokenizer",
                   .subject = "token id",
                   .expected = "0 to " + std::to_string(size() - 1),
                   .found = std::to_string(id)});
    }
    text += impl_->bytes[static_cast<size_t>(id)];
  }
  return text;
}

std::string Tokenizer::piece(int id) const {
  if (id < 0 || static_cast<size_t>(id) >= size()) return "?";
  std::string_view rest = impl_->bytes[static_cast<size_t>(id)];
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

}  // namespace excise
