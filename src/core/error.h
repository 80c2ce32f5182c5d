// The one error type of the library. Functions that can fail return Result<T>;
// nothing here prints, aborts or exits. Exceptions of other libraries are
// turned into errors where those are called.
#ifndef EXCISE_CORE_ERROR_H_
#define EXCISE_CORE_ERROR_H_

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace excise {

// The closed set of what can go wrong. The value is the exit code of the
// program.
enum class ErrorCode {
  kBadInput =
      2,  // what the user asked for cannot be: an option, a text, a layer
  kBadFile = 3,      // a file is there but its content is wrong
  kUnsupported = 4,  // valid, but excise does not do it
  kOutOfMemory = 5,  // memory or a memory limit
  kIo = 6,  // reading or writing failed: missing, no permission, disk full
  kInternal = 70,     // a bug in excise
  kInterrupted = 130  // Ctrl-C
};

// Name as it stands in results and Python: "bad_input", "bad_file", ...
std::string_view error_code_name(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

// The parts of a message: `[where] subject: expected X, got Y; hint`. Empty
// parts are left out.
struct ErrorText {
  std::string_view
      where;  // the part of excise that noticed: "safetensors", "sweep"
  std::string subject = {};  // what is wrong: a file, a tensor, an option
  std::string expected = {};
  std::string found = {};
  std::string hint = {};  // what to do
};

// Of bad_input: where `expected` lists names ("f32, bf16 or bf16-emulated",
// "one of a, b") and `found` is nearly one of them, the hint begins with "did
// you mean". An empty subject is shown as "".
Error make_error(ErrorCode code, const ErrorText& text);

inline tl::unexpected<Error> fail(ErrorCode code, const ErrorText& text) {
  return tl::unexpected<Error>(make_error(code, text));
}

// The up to three of `known` nearest to `name` by edit distance, whatever their
// case, or that it begins; for "did you mean" hints. Empty when nothing is
// near.
std::vector<std::string> near_names(std::string_view name,
                                    const std::vector<std::string>& known);

}  // namespace excise

// Value of a Result, or return its error from the enclosing function.
#define EXCISE_TRY(expression) \
  EXCISE_TRY_NAMED(EXCISE_JOIN(excise_result_, __COUNTER__), expression)
// The name differs at each use, so that one may stand inside another.
#define EXCISE_TRY_NAMED(result, expression)                             \
  __extension__({                                                        \
    auto result = (expression);                                          \
    if (!result)                                                         \
      return tl::unexpected<::excise::Error>(std::move(result).error()); \
    std::move(*result);                                                  \
  })
#define EXCISE_JOIN(a, b) EXCISE_JOIN_EXPANDED(a, b)
#define EXCISE_JOIN_EXPANDED(a, b) a##b

// The same for a Status.
#define EXCISE_CHECK(expression)              \
  do {                                        \
    auto excise_status_ = (expression);       \
    if (!excise_status_)                      \
      return tl::unexpected<::excise::Error>( \
          std::move(excise_status_).error()); \
  } while (false)

#endif  // EXCISE_CORE_ERROR_H_
