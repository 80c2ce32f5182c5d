// What entries of a vocabulary are as text: the decoder of tokenizer.json.
#ifndef EXCISE_MODEL_TOKENIZER_DECODER_H_
#define EXCISE_MODEL_TOKENIZER_DECODER_H_

#include <cstddef>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/error.h"
#include "model/tokenizer/regex.h"

namespace excise {

class Decoder {
 public:
  // part: "decoder" of the file. ByteLevel, Metaspace, Replace, ByteFallback,
  // Fuse, Strip and Sequences of them. For null: of bytes ByteLevel, else the
  // blanks and bytes of SentencePiece. Errors: bad_file, unsupported with the
  // name of another kind.
  static Result<Decoder> read(const nlohmann::json& part, bool of_bytes,
                              const std::filesystem::path& file);

  // Bytes of one entry, wherever it stands. added: it is text, not in GPT-2's
  // alphabet. Error unsupported for a pattern that takes too long.
  Result<std::string> entry(std::string_view entry, bool added) const;
  // Of a text whose entries were decoded one by one, what the decoder takes off
  // its ends; first is how many bytes the first entry has.
  std::string whole(std::string text, size_t first) const;

 private:
  struct ByteLevel {};
  struct ByteFallback {};
  struct Replace {
    std::shared_ptr<const Regex> pattern;
    std::string content;
  };
  // Of each entry, or of the whole where Fuse came before.
  struct Strip {
    std::string character;
    size_t start;
    size_t stop;
    bool whole;
  };
  // Blanks of the first entry that stand for no blank of the text.
  struct BareFirst {};
  using Step = std::variant<ByteLevel, ByteFallback, Replace, Strip, BareFirst>;

  Status add(const nlohmann::json& part, const std::filesystem::path& file);
  Status add_replace(const nlohmann::json& part,
                     const std::filesystem::path& file);
  Status add_strip(const nlohmann::json& part,
                   const std::filesystem::path& file);
  static std::string stripped(const Strip& step, std::string_view text);

  std::vector<Step> steps_;
  bool fused_ = false;  // while steps are read
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_DECODER_H_
