#include "model/tokenizer/vocabulary.h"

#include <functional>

#include "model/tokenizer/file_error.h"

namespace excise {
namespace {

uint32_t text_hash(std::string_view text) {
  return static_cast<uint32_t>(std::hash<std::string_view>()(text));
}

}  // namespace

Result<Vocabulary> Vocabulary::create(
    std::vector<std::pair<std::string, int64_t>> entries,
    const std::filesystem::path& file) {
  const auto count = static_cast<int64_t>(entries.size());
  Vocabulary vocabulary;
  vocabulary.entries_.resize(entries.size());
  std::vector<bool> seen(entries.size());
  for (auto& [entry, id] : entries) {
    if (id < 0 || id >= count) {
      return bad_file(
          file, "ids from 0 to " + std::to_string(count - 1) + " without gaps",
          "the id " + std::to_string(id) + " of " + entry);
    }
    const auto place = static_cast<size_t>(id);
    if (seen[place]) {
      return bad_file(file, "each id once",
                      "the id " + std::to_string(id) + " again, of " + entry);
    }
    seen[place] = true;
    vocabulary.entries_[place] = std::move(entry);
  }
  vocabulary.ids_ = IndexTable(entries.size());
  for (int id = 0; id < count; ++id) {
    const std::string& entry = vocabulary.entries_[static_cast<size_t>(id)];
    if (vocabulary.find(entry)) {
      return bad_file(file, "each entry once", entry + " again");
    }
    vocabulary.index(id);
  }
  return vocabulary;
}

std::optional<int> Vocabulary::find(std::string_view entry) const {
  const int id = ids_.find(text_hash(entry), [&](int other) {
    return entries_[static_cast<size_t>(other)] == entry;
  });
  return id == IndexTable::kNone ? std::nullopt : std::optional(id);
}

void Vocabulary::index(int id) {
  ids_.put(text_hash(entries_[static_cast<size_t>(id)]), id,
           [](int) { return false; });
}

int Vocabulary::append(std::string entry) {
  const int id = static_cast<int>(entries_.size());
  entries_.push_back(std::move(entry));
  index(id);
  return id;
}

Status Vocabulary::add_merge(std::string_view left, std::string_view right,
                             const std::filesystem::path& file, size_t place) {
  std::string both(left);
  both += right;
  const auto left_id = find(left);
  const auto right_id = find(right);
  const auto merged_id = find(both);
  if (!left_id || !right_id || !merged_id) {
    const std::string_view unknown = !left_id    ? left
                                     : !right_id ? right
                                                 : std::string_view(both);
    return bad_file(file, "merges of entries of the vocabulary",
                    "the unknown " + std::string(unknown) + " in merge " +
                        std::to_string(place));
  }
  merges_.push_back({*left_id, *right_id, *merged_id});
  return {};
}

}  // namespace excise
