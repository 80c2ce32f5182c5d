#include "model/tokenizer/bpe.h"

#include <algorithm>
#include <utility>

#include "io/utf8.h"
#include "model/tokenizer/byte_alphabet.h"

namespace excise {
namespace {

std::string in_alphabet(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += byte_character(static_cast<uint8_t>(c));
  return text;
}

std::string fallback_entry(unsigned byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  return {'<', '0', 'x', kDigits[byte >> 4], kDigits[byte & 15], '>'};
}

}  // namespace

Bpe::Bpe(const Vocabulary& vocabulary, BpeOptions options)
    : vocabulary_(vocabulary),
      options_(std::move(options)),
      merges_(vocabulary.merges(), vocabulary.orders()) {
  if (options_.unknown) unknown_ = vocabulary.find_of_file(*options_.unknown);
  for (unsigned byte = 0; byte < 256; ++byte) {
    of_byte_[byte] =
        vocabulary.find_of_file(byte_character(static_cast<uint8_t>(byte)))
            .value_or(kNone);
    fallback_[byte] =
        vocabulary.find_of_file(fallback_entry(byte)).value_or(kNone);
  }
  complete_ = std::ranges::find(of_byte_, kNone) == of_byte_.end();
}

bool Bpe::add_whole(std::string_view entry, std::vector<int>& ids) const {
  if (!options_.ignore_merges) return false;
  const auto id = vocabulary_.find_of_file(entry);
  if (id) ids.push_back(*id);
  return id.has_value();
}

Status Bpe::add_bytes(std::string_view bytes, std::vector<int>& ids,
                      std::vector<size_t>* ends) const {
  const bool has_all = complete_ || std::ranges::all_of(bytes, [&](char c) {
                         return of_byte_[static_cast<uint8_t>(c)] != kNone;
                       });
  if (!has_all) {
    const std::string text = in_alphabet(bytes);
    std::vector<size_t> text_ends;
    EXCISE_CHECK(add_text(text, ids, &text_ends));
    if (ends == nullptr) return {};
    // A character of the alphabet for each byte.
    size_t at = 0;
    size_t byte = 0;
    for (const size_t end : text_ends) {
      byte += character_count(std::string_view(text).substr(at, end - at));
      at = end;
      ends->push_back(byte);
    }
    return {};
  }
  if (options_.ignore_merges && add_whole(in_alphabet(bytes), ids)) {
    if (ends != nullptr) ends->push_back(bytes.size());
    return {};
  }
  const size_t before = ids.size();
  for (const char c : bytes) ids.push_back(of_byte_[static_cast<uint8_t>(c)]);
  std::vector<size_t> firsts;
  merges_.apply(ids, before, ends != nullptr ? &firsts : nullptr);
  for (size_t i = 1; i < firsts.size(); ++i) ends->push_back(firsts[i]);
  if (!firsts.empty()) ends->push_back(bytes.size());
  return {};
}

Status Bpe::add_text(std::string_view text, std::vector<int>& ids,
                     std::vector<size_t>* ends) const {
  if (add_whole(text, ids)) {
    if (ends != nullptr) ends->push_back(text.size());
    return {};
  }
  const size_t before = ids.size();
  const auto sizes = EXCISE_TRY(add_symbols(text, ids));
  std::vector<size_t> firsts;
  merges_.apply(ids, before, ends != nullptr ? &firsts : nullptr);
  size_t end = 0;
  for (size_t i = 0; i < firsts.size(); ++i) {
    const size_t behind = i + 1 < firsts.size() ? firsts[i + 1] : sizes.size();
    for (size_t s = firsts[i]; s < behind; ++s) end += sizes[s];
    ends->push_back(end);
  }
  return {};
}

// As BPE::merge_word of tokenizers, where an unknown token waits for the next
// character that has an entry: bytes that stand for characters come before it.
Result<std::vector<size_t>> Bpe::add_symbols(std::string_view text,
                                             std::vector<int>& ids) const {
  std::vector<size_t> sizes;
  const auto add = [&](int id, size_t size) {
    ids.push_back(id);
    sizes.push_back(size);
  };
  size_t waiting = 0;  // bytes of the unknown token that waits
  const auto add_waiting = [&] {
    if (waiting > 0) add(*unknown_, waiting);
    waiting = 0;
  };
  for (size_t at = 0; at < text.size();) {
    const size_t size = first_character(text.substr(at)).length;
    const std::string_view character = text.substr(at, size);
    at += size;
    if (const auto id = vocabulary_.find_of_file(character)) {
      add_waiting();
      add(*id, size);
      continue;
    }
    const auto fallback = [&](char c) {
      return fallback_[static_cast<uint8_t>(c)];
    };
    if (options_.byte_fallback && std::ranges::none_of(character, [&](char c) {
          return fallback(c) == kNone;
        })) {
      for (const char c : character) add(fallback(c), 1);
      continue;
    }
    if (!options_.unknown) continue;
    if (!unknown_) {
      return fail(ErrorCode::kBadInput,
                  {.where = "tokenizer",
                   .subject = "text",
                   .expected = "characters that the tokenizer has a token for",
                   .found = "\"" + std::string(character) + "\"",
                   .hint = "its unknown token " +
                           std::string(beginning(*options_.unknown, 40)) +
                           " is not in its vocabulary"});
    }
    if (!options_.fuse_unknown) add_waiting();
    waiting += size;
  }
  add_waiting();
  return sizes;
}

}  // namespace excise
