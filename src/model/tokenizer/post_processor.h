// The tokens that go before and behind every text: the post_processor of
// tokenizer.json, and the lengths that its truncation and padding allow.
#ifndef EXCISE_MODEL_TOKENIZER_POST_PROCESSOR_H_
#define EXCISE_MODEL_TOKENIZER_POST_PROCESSOR_H_

#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "core/error.h"

namespace excise {

class PostProcessor {
 public:
  // tokenizer: the whole file. ByteLevel (which changes no id),
  // TemplateProcessing, RobertaProcessing, BertProcessing and a Sequence of
  // them. Errors: bad_file, unsupported with the name of another kind.
  static Result<PostProcessor> read(const nlohmann::json& tokenizer,
                                    const std::filesystem::path& file);

  std::vector<int> before;  // ids
  std::vector<int> after;

  // Error unsupported where the file would cut or fill a text of so many ids.
  Status check_length(size_t ids, const std::filesystem::path& file) const;

 private:
  Status add(const nlohmann::json& part, const std::filesystem::path& file);
  Status add_template(const nlohmann::json& part,
                      const std::filesystem::path& file);
  Status read_lengths(const nlohmann::json& tokenizer,
                      const std::filesystem::path& file);

  std::optional<size_t> longest_;  // truncation
  size_t shortest_ = 0;            // padding, as is the next
  size_t multiple_ = 1;
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_POST_PROCESSOR_H_
