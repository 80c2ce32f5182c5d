// Changes text before it is cut: the normalizer of tokenizer.json.
#ifndef EXCISE_MODEL_TOKENIZER_NORMALIZER_H_
#define EXCISE_MODEL_TOKENIZER_NORMALIZER_H_

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "core/error.h"
#include "model/tokenizer/aligned_text.h"

namespace excise {

class Normalizer {
 public:
  // part: "normalizer" of the file, null for none: NFC, NFD, NFKC, NFKD,
  // Lowercase, Strip, StripAccents, Prepend, Replace, ByteLevel and a Sequence
  // of them.
  // Errors: bad_file, unsupported with the name of another kind.
  static Result<Normalizer> read(const nlohmann::json& part,
                                 const std::filesystem::path& file);

  bool empty() const { return steps_.empty(); }
  // text: valid UTF-8. within: it does not begin a text, so nothing is put in
  // front of it. Error unsupported for a pattern that takes too long.
  Result<AlignedText> apply(AlignedText text, bool within = false) const;

 private:
  using Change = std::function<Result<AlignedText>(const AlignedText&)>;
  struct Step {
    Change change;
    bool puts_in_front = false;
  };
  Status add(const nlohmann::json& part, const std::filesystem::path& file);

  std::vector<Step> steps_;
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_NORMALIZER_H_
