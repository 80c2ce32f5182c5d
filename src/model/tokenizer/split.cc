#include "model/tokenizer/split.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <string>
#include <utility>

namespace excise {
namespace {

// The parts of character classes. Hugging Face has Unicode 16, where Debian
// 12's PCRE2 has Unicode 14, so the letters and numbers new since stand beside
// PCRE2's own (https://www.unicode.org/Public/16.0.0/ucd/UnicodeData.txt).
constexpr const char* kLetters =
    R"(\p{L})"
    R"(\x{1C89}-\x{1C8A}\x{A7CB}-\x{A7CD}\x{A7DA}-\x{A7DC}\x{105C0}-\x{105F3})"
    R"(\x{10D4A}-\x{10D65}\x{10D6F}-\x{10D85}\x{10EC2}-\x{10EC4})"
    R"(\x{1123F}-\x{11240}\x{11380}-\x{11389}\x{1138B}\x{1138E})"
    R"(\x{11390}-\x{113B5}\x{113B7}\x{113D1}\x{113D3}\x{11BC0}-\x{11BE0})"
    R"(\x{11F02}\x{11F04}-\x{11F10}\x{11F12}-\x{11F33}\x{1342F})"
    R"(\x{13441}-\x{13446}\x{13460}-\x{143FA}\x{16100}-\x{1611D})"
    R"(\x{16D40}-\x{16D6C}\x{18CFF}\x{1B132}\x{1B155}\x{1DF25}-\x{1DF2A})"
    R"(\x{1E030}-\x{1E06D}\x{1E4D0}-\x{1E4EB}\x{1E5D0}-\x{1E5ED}\x{1E5F0})"
    R"(\x{2B739}\x{2EBF0}-\x{2EE5D}\x{31350}-\x{323AF})";
constexpr const char* kNumbers =
    R"(\p{N})"
    R"(\x{10D40}-\x{10D49}\x{116D0}-\x{116E3}\x{11BF0}-\x{11BF9})"
    R"(\x{11F50}-\x{11F59}\x{16130}-\x{16139}\x{16D70}-\x{16D79})"
    R"(\x{1CCF0}-\x{1CCF9}\x{1D2C0}-\x{1D2D3}\x{1E4F0}-\x{1E4F9})"
    R"(\x{1E5F1}-\x{1E5FA})";
// White_Space. PCRE2's \s has U+180E too.
constexpr const char* kSpaces =
    R"(\t-\r \x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F})"
    R"(\x{205F}\x{3000})";

// https://github.com/openai/gpt-2/blob/master/src/encoder.py
std::string gpt2_pattern() {
  const std::string letters = kLetters;
  const std::string numbers = kNumbers;
  const std::string spaces = kSpaces;
  return "'s|'t|'re|'ve|'m|'ll|'d| ?[" + letters + "]+| ?[" + numbers +
         "]+| ?[^" + spaces + letters + numbers + "]+|[" + spaces + "]+(?![^" +
         spaces + "])|[" + spaces + "]+";
}

PCRE2_SPTR code_units(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data());
}

tl::unexpected<Error> pcre2_failure(int code) {
  std::array<PCRE2_UCHAR, 256> message{};
  pcre2_get_error_message(code, message.data(), message.size());
  return fail(ErrorCode::kInternal,
              {.where = "tokenizer",
               .subject = "PCRE2",
               .found = reinterpret_cast<const char*>(message.data())});
}

struct CodeFree {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct MatchDataFree {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

}  // namespace

struct Splitter::Impl {
  std::unique_ptr<pcre2_code, CodeFree> code;
};

Splitter::Splitter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Splitter::Splitter(Splitter&&) noexcept = default;
Splitter& Splitter::operator=(Splitter&&) noexcept = default;
Splitter::~Splitter() = default;

Result<Splitter> Splitter::create() {
  int error = 0;
  size_t offset = 0;
  auto impl = std::make_unique<Impl>();
  const std::string pattern = gpt2_pattern();
  impl->code.reset(pcre2_compile(code_units(pattern), pattern.size(),
                                 PCRE2_UTF | PCRE2_UCP, &error, &offset,
                                 nullptr));
  if (!impl->code) return pcre2_failure(error);
  // Only faster; where there is no JIT the interpreter does the same.
  pcre2_jit_compile(impl->code.get(), PCRE2_JIT_COMPLETE);
  return Splitter(std::move(impl));
}

Status Splitter::split(
    std::string_view text,
    const std::function<void(std::string_view)>& piece) const {
  const std::unique_ptr<pcre2_match_data, MatchDataFree> match(
      pcre2_match_data_create_from_pattern(impl_->code.get(), nullptr));
  size_t position = 0;
  while (position < text.size()) {
    const int found =
        pcre2_match(impl_->code.get(), code_units(text), text.size(), position,
                    PCRE2_NO_UTF_CHECK, match.get(), nullptr);
    if (found < 0) return pcre2_failure(found);
    // Every character is matched by some alternative, so pieces leave no gap.
    const size_t* range = pcre2_get_ovector_pointer(match.get());
    piece(text.substr(range[0], range[1] - range[0]));
    position = range[1];
  }
  return {};
}

}  // namespace excise
