// Takes the large parts of a tokenizer's JSON as they are read.
#ifndef EXCISE_MODEL_TOKENIZER_VOCABULARY_READER_H_
#define EXCISE_MODEL_TOKENIZER_VOCABULARY_READER_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/tokenizer/json_file.h"

namespace excise {

// The two entries of a merge "a b"; none where it is anything else.
std::optional<std::pair<std::string_view, std::string_view>> split_merge(
    std::string_view merge);

// Leaves an object of ids at one path, and a list of merges ("a b" or
// ["a", "b"]) at another, empty in the tree and keeps them here.
class VocabularyReader : public JsonReader {
 public:
  VocabularyReader(std::string entries_path, std::string merges_path)
      : entries_path_(std::move(entries_path)),
        merges_path_(std::move(merges_path)) {}

  std::vector<std::pair<std::string, int64_t>> entries;
  std::vector<std::pair<std::string, std::string>> merges;

  bool key(string_t& name) override;

 protected:
  bool value(nlohmann::json simple) override;
  bool begin(nlohmann::json empty) override;
  bool end() override;

 private:
  enum class Part { kTree, kEntries, kMerges, kPair };

  bool entry_id(const nlohmann::json& id);
  bool refuse_merge();

  std::string entries_path_;
  std::string merges_path_;
  Part part_ = Part::kTree;
  std::vector<std::string> pair_;
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_VOCABULARY_READER_H_
