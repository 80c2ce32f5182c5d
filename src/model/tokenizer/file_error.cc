#include "model/tokenizer/file_error.h"

#include <utility>

#include "io/text_file.h"

namespace excise {
namespace {

// As much from the beginning as is valid UTF-8 and not long.
std::string cut(std::string text) {
  constexpr size_t kLongest = 200;  // bytes
  const std::string_view beginning = std::string_view(text).substr(0, kLongest);
  const size_t kept = first_invalid_utf8(beginning).value_or(beginning.size());
  if (kept == text.size()) return text;
  text.resize(kept);
  return text + "...";
}

tl::unexpected<Error> file_error(ErrorCode code,
                                 const std::filesystem::path& file,
                                 std::string expected, std::string found,
                                 std::string hint = {}) {
  return fail(code, {.where = "tokenizer",
                     .subject = file.string(),
                     .expected = cut(std::move(expected)),
                     .found = cut(std::move(found)),
                     .hint = std::move(hint)});
}

}  // namespace

tl::unexpected<Error> bad_file(const std::filesystem::path& file,
                               std::string expected, std::string found) {
  return file_error(ErrorCode::kBadFile, file, std::move(expected),
                    std::move(found));
}

tl::unexpected<Error> unsupported(const std::filesystem::path& file,
                                  std::string expected, std::string found,
                                  std::string hint) {
  return file_error(ErrorCode::kUnsupported, file, std::move(expected),
                    std::move(found), std::move(hint));
}

}  // namespace excise
