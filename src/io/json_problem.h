// What the JSON library says of a text that is none.
#ifndef EXCISE_IO_JSON_PROBLEM_H_
#define EXCISE_IO_JSON_PROBLEM_H_

#include <exception>
#include <string>
#include <string_view>

namespace excise {

// Its message without the name of its exception: "parse error at line 1, column
// 6: ...".
inline std::string json_problem(const std::exception& error) {
  std::string_view text = error.what();
  if (text.starts_with("[json.")) {
    const size_t end = text.find("] ");
    if (end != std::string_view::npos) text.remove_prefix(end + 2);
  }
  return std::string(text);
}

}  // namespace excise

#endif  // EXCISE_IO_JSON_PROBLEM_H_
