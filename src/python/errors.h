// Errors as Python knows them.
#ifndef EXCISE_PYTHON_ERRORS_H_
#define EXCISE_PYTHON_ERRORS_H_

#include <nanobind/nanobind.h>

#include <exception>
#include <utility>

#include "core/error.h"

namespace excise {

// Carries an Error to the translator, which raises the class of its code from
// excise/errors.py with the same message.
class ErrorException : public std::exception {
 public:
  explicit ErrorException(Error error) : error_(std::move(error)) {}
  const Error& error() const { return error_; }
  const char* what() const noexcept override { return error_.message.c_str(); }

 private:
  Error error_;
};

// Value of a Result, or throw its error.
template <typename T>
T unwrap(Result<T> result) {
  if (!result) throw ErrorException(std::move(result).error());
  return std::move(*result);
}
inline void unwrap(Status status) {
  if (!status) throw ErrorException(std::move(status).error());
}

}  // namespace excise

#endif  // EXCISE_PYTHON_ERRORS_H_
