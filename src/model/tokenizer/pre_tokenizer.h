// Cuts text into the pieces within which bytes are merged: the pre_tokenizer of
// tokenizer.json, for tokenizers that end in bytes.
#ifndef EXCISE_MODEL_TOKENIZER_PRE_TOKENIZER_H_
#define EXCISE_MODEL_TOKENIZER_PRE_TOKENIZER_H_

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "model/tokenizer/regex.h"

namespace excise {

class PreTokenizer {
 public:
  // GPT-2's: ByteLevel alone.
  static Result<PreTokenizer> gpt2(bool add_prefix_space);
  // part: "pre_tokenizer" of the file. ByteLevel, alone or as the last of a
  // Sequence behind Split, Digits, Punctuation, Whitespace, WhitespaceSplit,
  // CharDelimiterSplit and BertPreTokenizer. Errors: bad_file, unsupported with
  // the name of another kind.
  static Result<PreTokenizer> read(const nlohmann::json& part,
                                   const std::filesystem::path& file);

  bool adds_prefix_space() const { return add_prefix_space_; }

  // A piece of the text. prefix: a blank belongs in front of it.
  using PieceCallback =
      std::function<void(std::string_view piece, bool prefix)>;
  // Calls `piece` for the pieces of valid UTF-8 text, in order; they lie in
  // `text`. Error unsupported for a pattern that takes too long.
  Status split(std::string_view text, const PieceCallback& piece) const;

 private:
  // What becomes of a match (SplitDelimiterBehavior of tokenizers).
  enum class Behavior {
    kIsolated,
    kRemoved,
    kContiguous,
    kMergedWithPrevious,
    kMergedWithNext
  };
  struct Step {
    Regex regex;
    Behavior behavior = Behavior::kIsolated;
    bool invert = false;  // what does not match is the match
  };
  struct Segment {
    size_t begin;
    size_t end;
    bool is_match;
  };

  static std::optional<Behavior> behavior(const nlohmann::json& name);
  Status add(const nlohmann::json& part, bool last,
             const std::filesystem::path& file);
  Status add_split(const nlohmann::json& part,
                   const std::filesystem::path& file);
  Status add_byte_level(const nlohmann::json& part, bool last,
                        const std::filesystem::path& file);
  static Result<std::vector<Segment>> segments(const Step& step,
                                               std::string_view text);
  Status split_from(size_t step, std::string_view text,
                    const PieceCallback& piece) const;
  Status split_bytes(std::string_view text, const PieceCallback& piece) const;

  std::vector<Step> steps_;
  std::optional<Regex> byte_level_;  // none: pieces are left whole
  bool ends_in_bytes_ = false;
  bool add_prefix_space_ = false;
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_PRE_TOKENIZER_H_
