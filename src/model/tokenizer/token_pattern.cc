#include "model/tokenizer/token_pattern.h"

#include "io/utf8.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace excise {
namespace {

PCRE2_SPTR code_units(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data());
}

std::string message_of(int code) {
  std::array<PCRE2_UCHAR, 256> message{};
  pcre2_get_error_message(code, message.data(), message.size());
  return reinterpret_cast<const char*>(message.data());
}

tl::unexpected<Error> bad_pattern(std::string_view pattern, std::string found) {
  return fail(ErrorCode::kBadInput,
              {.where = "tokens",
               .subject = "token pattern \"" +
                          std::string(beginning(pattern, 80)) + "\"",
               .expected = "a regular expression on the text of a token",
               .found = std::move(found),
               .hint = "excise tokenize shows the texts"});
}

struct CodeFree {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct MatchDataFree {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
struct MatchContextFree {
  void operator()(pcre2_match_context* context) const {
    pcre2_match_context_free(context);
  }
};

}  // namespace

struct TokenPattern::Impl {
  std::string pattern;  // for messages
  std::unique_ptr<pcre2_code, CodeFree> code;
  std::unique_ptr<pcre2_match_data, MatchDataFree> match;
  std::unique_ptr<pcre2_match_context, MatchContextFree> context;
};

TokenPattern::TokenPattern(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}
TokenPattern::TokenPattern(TokenPattern&&) noexcept = default;
TokenPattern& TokenPattern::operator=(TokenPattern&&) noexcept = default;
TokenPattern::~TokenPattern() = default;

Result<TokenPattern> TokenPattern::compile(std::string_view pattern) {
  auto impl = std::make_unique<Impl>();
  impl->pattern = pattern;
  int error = 0;
  size_t offset = 0;
  impl->code.reset(
      pcre2_compile(code_units(pattern), pattern.size(),
                    PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF, &error,
                    &offset, nullptr));
  if (!impl->code) {
    return bad_pattern(
        pattern, message_of(error) + " at byte " + std::to_string(offset));
  }
  impl->match.reset(
      pcre2_match_data_create_from_pattern(impl->code.get(), nullptr));
  impl->context.reset(pcre2_match_context_create(nullptr));
  // Far above what a sensible pattern needs for a short text.
  constexpr uint32_t kMostSteps = 100'000;
  pcre2_set_match_limit(impl->context.get(), kMostSteps);
  return TokenPattern(std::move(impl));
}

Result<bool> TokenPattern::matches(std::string_view text) const {
  const int found =
      pcre2_match(impl_->code.get(), code_units(text), text.size(), 0, 0,
                  impl_->match.get(), impl_->context.get());
  if (found < 0 && found != PCRE2_ERROR_NOMATCH) {
    return bad_pattern(impl_->pattern, message_of(found));
  }
  return found >= 0;
}

Result<std::vector<bool>> tokens_that_match(const Tokenizer& tokenizer,
                                            std::span<const int> ids,
                                            std::string_view pattern) {
  const TokenPattern compiled = EXCISE_TRY(TokenPattern::compile(pattern));
  std::map<int, bool> known;  // a text has few different tokens
  std::vector<bool> matches;
  for (const int id : ids) {
    const auto before = known.find(id);
    if (before == known.end()) {
      known[id] = EXCISE_TRY(compiled.matches(tokenizer.piece(id)));
    }
    matches.push_back(known[id]);
  }
  return matches;
}

}  // namespace excise
