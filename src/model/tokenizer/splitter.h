// Cuts text where a pattern matches: what most pre-tokenizers of tokenizers
// are.
#ifndef EXCISE_MODEL_TOKENIZER_SPLITTER_H_
#define EXCISE_MODEL_TOKENIZER_SPLITTER_H_

#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "model/tokenizer/regex.h"

namespace excise {

class Splitter {
 public:
  // What becomes of a match (SplitDelimiterBehavior of tokenizers).
  enum class Behavior {
    kIsolated,
    kRemoved,
    kContiguous,
    kMergedWithPrevious,
    kMergedWithNext
  };
  struct Segment {
    size_t begin;
    size_t end;
    bool is_match;
  };

  // invert: what does not match is the match.
  Splitter(Regex regex, Behavior behavior, bool invert = false)
      : regex_(std::move(regex)), behavior_(behavior), invert_(invert) {}

  // "behavior" of a part of the file, kIsolated for null. Error bad_file.
  static Result<Behavior> behavior(const nlohmann::json& part,
                                   const std::filesystem::path& file);

  // The parts of valid UTF-8 text that are left, in order. Error unsupported
  // for a pattern that takes too long.
  Result<std::vector<Segment>> segments(std::string_view text) const;

 private:
  Regex regex_;
  Behavior behavior_;
  bool invert_;
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_SPLITTER_H_
