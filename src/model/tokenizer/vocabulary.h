// What a tokenizer's files hold, read and checked.
#ifndef EXCISE_MODEL_TOKENIZER_VOCABULARY_H_
#define EXCISE_MODEL_TOKENIZER_VOCABULARY_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "model/tokenizer/index_table.h"
#include "model/tokenizer/merges.h"

namespace excise {

// A token that is found in text before anything is split.
struct AddedToken {
  int id;
  bool normalized;  // found only where no token without it was
};

class Vocabulary {
 public:
  // Entries and their ids as `file` gives them. bad_file unless every id from 0
  // on is there once and no entry is there twice.
  static Result<Vocabulary> create(
      std::vector<std::pair<std::string, int64_t>> entries,
      const std::filesystem::path& file);

  const std::vector<std::string>& entries() const { return entries_; }  // [id]
  std::optional<int> find(std::string_view entry) const;
  // Gives the entry, which must be new, the next id.
  int append(std::string entry);
  // Adds the rule of the next rank. bad_file naming `place` when one of the
  // three entries is unknown.
  Status add_merge(std::string_view left, std::string_view right,
                   const std::filesystem::path& file, size_t place);

  const std::vector<MergeRule>& merges() const { return merges_; }
  std::vector<AddedToken> added_tokens;

 private:
  void index(int id);

  std::vector<std::string> entries_;
  IndexTable ids_;
  std::vector<MergeRule> merges_;
};

// folder: vocab.json and merges.txt, or tokenizer.json where only that is
// there, and added_tokens.json, tokenizer_config.json, special_tokens_map.json
// where present. A special token that no file gives an id is left out. bos, eos
// and unk are <|endoftext|>, as in GPT-2, where no file names them.
// Errors: io (nothing there), bad_file (a content that cannot be), unsupported
// (an option that would change the ids).
Result<Vocabulary> read_vocabulary(const std::filesystem::path& folder);

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_VOCABULARY_H_
