#include "model/tokenizer/vocabulary_reader.h"

namespace excise {

using nlohmann::json;

std::optional<std::pair<std::string_view, std::string_view>> split_merge(
    std::string_view merge) {
  const size_t space = merge.find(' ');
  if (space == 0 || space >= merge.size() - 1 ||
      merge.find(' ', space + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  return std::pair(merge.substr(0, space), merge.substr(space + 1));
}

bool VocabularyReader::key(string_t& name) {
  if (part_ != Part::kEntries) return JsonReader::key(name);
  entries.emplace_back(std::move(name), -1);
  return true;
}

bool VocabularyReader::value(json simple) {
  if (part_ == Part::kTree) return JsonReader::value(std::move(simple));
  if (part_ == Part::kEntries) return entry_id(simple);
  if (!simple.is_string()) return refuse_merge();
  auto& text = simple.get_ref<std::string&>();
  if (part_ == Part::kPair) {
    pair_.push_back(std::move(text));
    return true;
  }
  const auto merge = split_merge(text);
  if (!merge) return refuse_merge();
  merges.emplace_back(merge->first, merge->second);
  return true;
}

bool VocabularyReader::begin(json empty) {
  const bool is_object = empty.is_object();
  switch (part_) {
    case Part::kTree:
      if (!JsonReader::begin(std::move(empty))) return false;
      if (is_object && path() == entries_path_) part_ = Part::kEntries;
      if (!is_object && path() == merges_path_) part_ = Part::kMerges;
      return true;
    case Part::kEntries:
      return entry_id(empty);
    case Part::kMerges:
      if (is_object) return refuse_merge();
      pair_.clear();
      part_ = Part::kPair;
      return true;
    case Part::kPair:
      break;
  }
  return refuse_merge();
}

bool VocabularyReader::end() {
  if (part_ == Part::kPair) {
    if (pair_.size() != 2) return refuse_merge();
    merges.emplace_back(std::move(pair_[0]), std::move(pair_[1]));
    part_ = Part::kMerges;
    return true;
  }
  part_ = Part::kTree;
  return JsonReader::end();
}

bool VocabularyReader::entry_id(const json& id) {
  const bool whole = id.is_number_integer();
  // No vocabulary is as large, and the type of the ids no larger.
  if (!whole || (id.is_number_unsigned() && id.get<uint64_t>() > INT32_MAX)) {
    return refuse((whole ? id.dump() : id.type_name()) + " as id of " +
                  entries.back().first);
  }
  entries.back().second = id.get<int64_t>();
  return true;
}

bool VocabularyReader::refuse_merge() {
  return refuse("no two entries as merge " + std::to_string(merges.size() + 1));
}

}  // namespace excise
