#include "model/tokenizer/tokenizer.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "io/text_file.h"
#include "model/tokenizer/byte_alphabet.h"
#include "model/tokenizer/merges.h"
#include "model/tokenizer/split.h"
#include "model/tokenizer/vocabulary.h"

namespace excise {
namespace {

tl::unexpected<Error> bad_vocabulary(const std::filesystem::path& folder,
                                     std::string expected, std::string found) {
  return fail(ErrorCode::kBadFile, {.where = "tokenizer",
                                    .subject = folder.string(),
                                    .expected = std::move(expected),
                                    .found = std::move(found)});
}

// Finds special tokens in a text from left to right. Each token is searched
// for again only once the text has passed its last place.
class SpecialTokenSearch {
 public:
  SpecialTokenSearch(
      std::string_view text,
      const std::vector<std::pair<std::string, int>>& special_tokens)
      : text_(text), tokens_(special_tokens), next_(special_tokens.size(), 0) {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      next_[i] = text.find(tokens_[i].first);
    }
  }

  struct Place {
    size_t position;  // the text's size where there is none
    size_t length;
    int id;
  };

  // The first one at or after `from`, the longest of several.
  Place find(size_t from) {
    Place best{text_.size(), 0, -1};
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (next_[i] < from) next_[i] = text_.find(tokens_[i].first, from);
      const size_t length = tokens_[i].first.size();
      if (next_[i] < best.position ||
          (next_[i] == best.position && length > best.length)) {
        best = {next_[i], length, tokens_[i].second};
      }
    }
    return best;
  }

 private:
  std::string_view text_;
  const std::vector<std::pair<std::string, int>>& tokens_;
  std::vector<size_t> next_;
};

}  // namespace

struct Tokenizer::Impl {
  Splitter splitter;
  Merges merges;
  std::vector<std::string> bytes;  // [id]
  std::vector<std::pair<std::string, int>> special_tokens;
};

Tokenizer::Tokenizer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<Tokenizer> Tokenizer::open(const std::filesystem::path& folder) {
  Vocabulary vocabulary = EXCISE_TRY(read_vocabulary(folder));
  auto impl =
      std::make_unique<Impl>(Impl{EXCISE_TRY(Splitter::create()), {}, {}, {}});
  std::unordered_map<std::string_view, int> ids;
  ids.reserve(vocabulary.entries.size());
  for (size_t id = 0; id < vocabulary.entries.size(); ++id) {
    const std::string& entry = vocabulary.entries[id];
    ids.emplace(entry, static_cast<int>(id));
    const bool special = vocabulary.special_tokens.contains(entry);
    auto bytes = special ? entry : alphabet_to_bytes(entry);
    if (!bytes) {
      return bad_vocabulary(folder, "entries in GPT-2's byte alphabet", entry);
    }
    impl->bytes.push_back(std::move(*bytes));
  }
  for (unsigned byte = 0; byte < 256; ++byte) {
    const auto found = ids.find(byte_character(static_cast<uint8_t>(byte)));
    if (found == ids.end()) {
      return bad_vocabulary(folder, "an entry for each of the 256 bytes",
                            "none for byte " + std::to_string(byte));
    }
    impl->merges.set_byte(static_cast<uint8_t>(byte), found->second);
  }
  impl->merges.reserve(vocabulary.merges.size());
  for (size_t rank = 0; rank < vocabulary.merges.size(); ++rank) {
    const auto& [left, right] = vocabulary.merges[rank];
    const auto left_id = ids.find(left);
    const auto right_id = ids.find(right);
    const auto merged = ids.find(left + right);
    if (left_id == ids.end() || right_id == ids.end() || merged == ids.end()) {
      return bad_vocabulary(folder, "merges of entries of the vocabulary",
                            left + " " + right);
    }
    impl->merges.add(left_id->second, right_id->second,
                     {static_cast<int>(rank), merged->second});
  }
  impl->special_tokens.assign(vocabulary.special_tokens.begin(),
                              vocabulary.special_tokens.end());
  return Tokenizer(std::move(impl));
}

Result<std::vector<int>> Tokenizer::encode(std::string_view text) const {
  if (const auto offset = first_invalid_utf8(text)) {
    return fail(ErrorCode::kBadInput,
                {.where = "tokenizer",
                 .subject = "text",
                 .expected = "UTF-8",
                 .found = "another byte at offset " + std::to_string(*offset),
                 .hint = "convert it, e.g. with iconv -t UTF-8"});
  }
  std::vector<int> ids;
  SpecialTokenSearch search(text, impl_->special_tokens);
  size_t position = 0;
  while (position < text.size()) {
    const auto special = search.find(position);
    EXCISE_CHECK(impl_->splitter.split(
        text.substr(position, special.position - position),
        [&](std::string_view piece) { impl_->merges.apply(piece, ids); }));
    if (special.id >= 0) ids.push_back(special.id);
    position = special.position + special.length;
  }
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
