#include "model/tokenizer/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <utility>

#include "io/utf8.h"
#include "model/tokenizer/file_error.h"

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

tl::unexpected<Error> bad_pattern(const std::filesystem::path& file,
                                  std::string_view pattern,
                                  const std::string& found) {
  return unsupported(file, "a pattern that PCRE2 reads as tokenizers does",
                     found + " in " + std::string(pattern));
}

struct CodeFree {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct MatchDataFree {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
struct ContextFree {
  void operator()(pcre2_compile_context* context) const {
    pcre2_compile_context_free(context);
  }
};

}  // namespace

struct Regex::Impl {
  std::unique_ptr<pcre2_code, CodeFree> code;
  std::string pattern;  // for messages, as are the next
  std::filesystem::path file;
};

struct Regex::Matches::Data {
  std::unique_ptr<pcre2_match_data, MatchDataFree> match;
};

Regex::Regex(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view pattern,
                             const std::filesystem::path& file) {
  const auto translated = pcre2_pattern(pattern);
  if (!translated) {
    return bad_pattern(file, pattern, "something that differs");
  }
  const std::unique_ptr<pcre2_compile_context, ContextFree> context(
      pcre2_compile_context_create(nullptr));
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  int error = 0;
  size_t offset = 0;
  auto impl = std::make_unique<Impl>();
  impl->pattern = pattern;
  impl->file = file;
  // ^ and $ are those of lines in Ruby's syntax.
  impl->code.reset(pcre2_compile(
      code_units(*translated), translated->size(),
      PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &error,
      &offset, context.get()));
  if (!impl->code) return bad_pattern(file, pattern, message_of(error));
  // Only faster; where there is no JIT the interpreter does the same.
  pcre2_jit_compile(impl->code.get(), PCRE2_JIT_COMPLETE);
  return Regex(std::move(impl));
}

Result<Regex> Regex::literal(std::string_view text,
                             const std::filesystem::path& file) {
  std::string pattern;
  for (const char c : text) {
    const bool special = std::string_view("\\^$.[]|()?*+{}-# ").find(c) !=
                         std::string_view::npos;
    if (special) pattern += '\\';
    pattern += c;
  }
  return compile(pattern, file);
}

Result<Regex> Regex::gpt2() {
  return compile(
      R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+)"
      R"(|\s+(?!\S)|\s+)",
      "GPT-2");
}

Regex::Matches::Matches(const Regex& regex, std::string_view text)
    : regex_(&regex), text_(text), data_(std::make_unique<Data>()) {
  data_->match.reset(
      pcre2_match_data_create_from_pattern(regex.impl_->code.get(), nullptr));
}
Regex::Matches::Matches(Matches&&) noexcept = default;
Regex::Matches::~Matches() = default;

Result<std::optional<Regex::Match>> Regex::Matches::next() {
  while (from_ <= text_.size()) {
    const int found =
        pcre2_match(regex_->impl_->code.get(), code_units(text_), text_.size(),
                    from_, PCRE2_NO_UTF_CHECK, data_->match.get(), nullptr);
    if (found == PCRE2_ERROR_NOMATCH) break;
    if (found < 0) {
      return bad_pattern(regex_->impl_->file, regex_->impl_->pattern,
                         message_of(found));
    }
    const size_t* range = pcre2_get_ovector_pointer(data_->match.get());
    const Match match{range[0], range[1]};
    if (match.begin > match.end) {  // \K in a look-ahead
      return bad_pattern(regex_->impl_->file, regex_->impl_->pattern,
                         "a match that ends before it begins");
    }
    // As in Oniguruma's bindings: no empty match behind another.
    if (match.begin == match.end && last_end_ == match.end) {
      from_ += from_ < text_.size()
                   ? first_character(text_.substr(from_)).length
                   : 1;
      continue;
    }
    from_ = match.end;
    last_end_ = match.end;
    return match;
  }
  return std::nullopt;
}

}  // namespace excise
