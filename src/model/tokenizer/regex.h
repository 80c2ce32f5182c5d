// Regular expressions of tokenizer.json: Oniguruma's Ruby syntax, as tokenizers
// reads them, run by PCRE2.
#ifndef EXCISE_MODEL_TOKENIZER_REGEX_H_
#define EXCISE_MODEL_TOKENIZER_REGEX_H_

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace excise {

class Regex {
 public:
  struct Match {
    size_t begin;
    size_t end;
  };

  // Errors: unsupported, naming `file` and the pattern, for what does not
  // compile or would mean another thing in PCRE2.
  static Result<Regex> compile(std::string_view pattern,
                               const std::filesystem::path& file);
  // A pattern of characters that stand for themselves.
  static Result<Regex> literal(std::string_view text,
                               const std::filesystem::path& file);
  // Where GPT-2 cuts text.
  // https://github.com/openai/gpt-2/blob/master/src/encoder.py
  static Result<Regex> gpt2();

  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  // The matches of one text, which must be valid UTF-8 and outlive it, in
  // order. Not for several threads at once.
  class Matches {
   public:
    Matches(const Regex& regex, std::string_view text);
    Matches(Matches&&) noexcept;
    ~Matches();
    // None where there is no further one. Error unsupported for a pattern that
    // takes too long.
    Result<std::optional<Match>> next();

   private:
    struct Data;
    const Regex* regex_;
    std::string_view text_;
    std::unique_ptr<Data> data_;
    size_t from_ = 0;
    std::optional<size_t> last_end_;
  };

 private:
  struct Impl;
  explicit Regex(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The characters of \w, as parts of a class of PCRE2: in the patterns of files,
// and in those that tokenizers itself has.
enum class WordsOf { kOniguruma, kRust };
std::string word_characters(WordsOf library);

// Oniguruma's pattern in PCRE2's syntax, with the classes of Unicode 16; none
// where it has something that PCRE2 reads otherwise.
std::optional<std::string> pcre2_pattern(std::string_view oniguruma);

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_REGEX_H_
