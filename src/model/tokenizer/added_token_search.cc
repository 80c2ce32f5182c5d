#include "model/tokenizer/added_token_search.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "io/utf8.h"
#include "model/tokenizer/unicode.h"

namespace excise {
namespace {

// Where the character before `end` begins.
size_t last_character(std::string_view text, size_t end) {
  return character_start(text, end - 1);
}

size_t without_spaces_before(std::string_view text, size_t end) {
  while (end > 0) {
    const size_t begin = last_character(text, end);
    if (!is_space(code_point(text.substr(begin, end - begin)))) break;
    end = begin;
  }
  return end;
}

size_t behind_spaces(std::string_view text, size_t begin) {
  while (begin < text.size()) {
    const size_t length = first_character(text.substr(begin)).length;
    if (!is_space(code_point(text.substr(begin, length)))) break;
    begin += length;
  }
  return begin;
}

}  // namespace

Status AddedTokenSearch::add(std::string content, const AddedToken& token) {
  if (token.single_word && !word_)
    word_ = EXCISE_TRY(Regex::compile(
        "[" + word_characters(WordsOf::kRust) + "]", "added tokens"));
  auto& tokens = by_first_byte_[static_cast<uint8_t>(content.front())];
  const auto place =
      std::upper_bound(tokens.begin(), tokens.end(), content.size(),
                       [](size_t size, const Entry& entry) {
                         return size > entry.content.size();
                       });
  tokens.insert(place, {std::move(content), token});
  empty_ = false;
  return {};
}

const AddedTokenSearch::Entry* AddedTokenSearch::longest_at(
    std::string_view text) const {
  for (const Entry& entry : by_first_byte_[static_cast<uint8_t>(text[0])]) {
    if (text.starts_with(entry.content)) return &entry;
  }
  return nullptr;
}

Result<bool> AddedTokenSearch::is_word_at(std::string_view text) const {
  const auto one = text.substr(0, first_character(text).length);
  Regex::Matches matches(*word_, one);
  return EXCISE_TRY(matches.next()).has_value();
}

Result<bool> AddedTokenSearch::is_within_word(std::string_view text,
                                              size_t begin, size_t end) const {
  if (begin > 0 &&
      EXCISE_TRY(is_word_at(text.substr(last_character(text, begin))))) {
    return true;
  }
  return end < text.size() && EXCISE_TRY(is_word_at(text.substr(end)));
}

// Tokens of llama.cpp neither strip blanks nor heed words.
std::vector<AddedTokenSearch::Part> AddedTokenSearch::parts_by_length(
    std::string_view text) const {
  std::vector<const Entry*> present;
  for (size_t at = 0; at < text.size(); ++at) {
    for (const Entry& entry : by_first_byte_[static_cast<uint8_t>(text[at])]) {
      if ((finds_special_ || !entry.token.special) &&
          text.substr(at).starts_with(entry.content))
        present.push_back(&entry);
    }
  }
  std::ranges::sort(present, [](const Entry* a, const Entry* b) {
    return a->content.size() != b->content.size()
               ? a->content.size() > b->content.size()
               : a->token.id < b->token.id;
  });
  present.erase(std::ranges::unique(present).begin(), present.end());
  std::vector<Part> parts;
  if (!text.empty()) parts.push_back({0, text.size(), std::nullopt});
  for (const Entry* entry : present) {
    std::vector<Part> cut;
    for (const Part& part : parts) {
      size_t begin = part.begin;
      const std::string_view until = text.substr(0, part.end);
      for (size_t at = 0;
           !part.id && (at = until.find(entry->content, begin)) !=
                           std::string_view::npos;) {
        if (begin < at) cut.push_back({begin, at, std::nullopt});
        begin = at + entry->content.size();
        cut.push_back({at, begin, entry->token.id});
      }
      if (begin < part.end) cut.push_back({begin, part.end, part.id});
    }
    parts = std::move(cut);
  }
  return parts;
}

Result<std::vector<AddedTokenSearch::Part>> AddedTokenSearch::parts(
    std::string_view text) const {
  if (by_length_) return parts_by_length(text);
  std::vector<Part> parts;
  size_t done = 0;  // behind the last token
  for (size_t at = 0; !empty_ && at < text.size();) {
    const Entry* entry = longest_at(text.substr(at));
    if (entry == nullptr) {
      ++at;
      continue;
    }
    size_t begin = at;
    size_t end = at + entry->content.size();
    at = end;
    const AddedToken& token = entry->token;
    if (token.special && !finds_special_) continue;
    if (token.single_word && EXCISE_TRY(is_within_word(text, begin, end)))
      continue;
    if (token.lstrip)
      begin = std::max(done, without_spaces_before(text, begin));
    if (token.rstrip) end = behind_spaces(text, end);
    if (done < begin) parts.push_back({done, begin, std::nullopt});
    parts.push_back({begin, end, token.id});
    done = end;
  }
  if (done < text.size()) parts.push_back({done, text.size(), std::nullopt});
  return parts;
}

}  // namespace excise
