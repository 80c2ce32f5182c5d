// Cuts text into the pieces within which GPT-2 merges bytes.
#ifndef EXCISE_MODEL_TOKENIZER_SPLIT_H_
#define EXCISE_MODEL_TOKENIZER_SPLIT_H_

#include <functional>
#include <memory>
#include <string_view>

#include "core/error.h"

namespace excise {

class Splitter {
 public:
  static Result<Splitter> create();
  Splitter(Splitter&&) noexcept;
  Splitter& operator=(Splitter&&) noexcept;
  ~Splitter();

  // Calls `piece` for each piece of valid UTF-8 text, in order; together they
  // are the text.
  Status split(std::string_view text,
               const std::function<void(std::string_view)>& piece) const;

 private:
  struct Impl;
  explicit Splitter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_SPLIT_H_
