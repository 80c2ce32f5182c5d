// Cuts text into the pieces within which tokens are merged: the pre_tokenizer
// of tokenizer.json.
#ifndef EXCISE_MODEL_TOKENIZER_PRE_TOKENIZER_H_
#define EXCISE_MODEL_TOKENIZER_PRE_TOKENIZER_H_

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/error.h"
#include "model/tokenizer/aligned_text.h"
#include "model/tokenizer/regex.h"
#include "model/tokenizer/splitter.h"

namespace excise {

// A text as the entries of a vocabulary have it, and where it is cut.
struct CutText {
  AlignedText text;
  std::vector<ByteRange> pieces;
};

class PreTokenizer {
 public:
  // GPT-2's: ByteLevel alone.
  static Result<PreTokenizer> gpt2(bool add_prefix_space);
  // part: "pre_tokenizer" of the file, null for none. ByteLevel, Metaspace,
  // Split, Digits, Punctuation, Whitespace, WhitespaceSplit,
  // CharDelimiterSplit, BertPreTokenizer and Sequences of them. Errors:
  // bad_file, unsupported with the name of another kind.
  static Result<PreTokenizer> read(const nlohmann::json& part,
                                   const std::filesystem::path& file);

  // Whether pieces are the text's own bytes, as split() gives them: ByteLevel
  // comes last, and what comes before it only cuts.
  bool is_of_bytes() const;
  // ByteLevel is somewhere in it.
  bool has_byte_level() const;
  bool adds_prefix_space() const;

  // The part of a text that is given: all begin a text but those within one,
  // where nothing is put in front.
  enum class Place { kText, kWithin };

  // A piece of the text. prefix: a blank belongs in front of it.
  using PieceCallback =
      std::function<void(std::string_view piece, bool prefix)>;
  // Where is_of_bytes(): calls `piece` for the pieces of valid UTF-8 text, in
  // order; they lie in `text`. Error unsupported for a pattern that takes too
  // long.
  Status split(std::string_view text, Place place,
               const PieceCallback& piece) const;
  // For every pre-tokenizer, as tokenizers does it: one step after the other,
  // bytes in GPT-2's alphabet. Error as above.
  Result<CutText> cut(AlignedText text, Place place) const;

 private:
  struct ByteLevel {
    std::optional<Regex> regex;  // none: pieces are left whole
    bool add_prefix_space = false;
  };
  // Blanks become another character.
  struct Metaspace {
    std::string replacement;
    enum class Prepend { kAlways, kFirst, kNever } prepend;
    std::optional<Splitter> splitter;  // none: pieces are left whole
  };
  using Step = std::variant<Splitter, ByteLevel, Metaspace>;

  Status add(const nlohmann::json& part, const std::filesystem::path& file);
  Status add_split(const nlohmann::json& part,
                   const std::filesystem::path& file);
  Status add_byte_level(const nlohmann::json& part,
                        const std::filesystem::path& file);
  Status add_metaspace(const nlohmann::json& part,
                       const std::filesystem::path& file);

  Status split_from(size_t step, std::string_view text, Place place,
                    const PieceCallback& piece) const;
  static Status split_bytes(const ByteLevel& step, std::string_view text,
                            Place place, const PieceCallback& piece);
  static Status cut_piece(const Splitter& step, const CutText& from,
                          ByteRange piece, Place place, CutText& out);
  static Status cut_piece(const ByteLevel& step, const CutText& from,
                          ByteRange piece, Place place, CutText& out);
  static Status cut_piece(const Metaspace& step, const CutText& from,
                          ByteRange piece, Place place, CutText& out);

  std::vector<Step> steps_;
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_PRE_TOKENIZER_H_
