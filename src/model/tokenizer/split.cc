#include "model/tokenizer/split.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <string>
#include <utility>

namespace excise {
namespace {

// https://github.com/openai/gpt-2/blob/master/src/encoder.py
constexpr std::string_view kPattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

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
  impl->code.reset(pcre2_compile(code_units(kPattern), kPattern.size(),
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
