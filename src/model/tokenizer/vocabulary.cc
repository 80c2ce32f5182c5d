#include "model/tokenizer/vocabulary.h"

#include <algorithm>
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
  constexpr int64_t kPadding = 100'000;
  const int64_t end = 2 * count + kPadding;
  int64_t last = -1;
  for (const auto& [entry, id] : entries) {
    if (id < 0 || id >= end) {
      return bad_file(file, "ids from 0 to about " + std::to_string(count - 1),
                      "the id " + std::to_string(id) + " of " + entry);
    }
    last = std::max(last, id);
  }
  Vocabulary vocabulary;
  vocabulary.entries_.resize(static_cast<size_t>(last + 1));
  vocabulary.ids_ = IndexTable(entries.size());
  vocabulary.count_ = entries.size();
  std::vector<bool> seen(vocabulary.entries_.size());
  for (auto& [entry, id] : entries) {
    const auto place = static_cast<size_t>(id);
    if (seen[place]) {
      return bad_file(file, "each id once",
                      "the id " + std::to_string(id) + " again, of " + entry);
    }
    if (vocabulary.find(entry))
      return bad_file(file, "each entry once", entry + " again");
    seen[place] = true;
    vocabulary.entries_[place] = std::move(entry);
    vocabulary.index(static_cast<int>(id));
  }
  return vocabulary;
}

std::optional<int> Vocabulary::find(std::string_view entry) const {
  const int id = ids_.find(text_hash(entry), [&](int other) {
    return entries_[static_cast<size_t>(other)] == entry;
  });
  return id == IndexTable::kNone ? std::nullopt : std::optional(id);
}

std::optional<int> Vocabulary::find_of_file(std::string_view entry) const {
  const auto id = find(entry);
  return id && !appended_.contains(*id) ? id : std::nullopt;
}

void Vocabulary::index(int id) {
  ids_.put(text_hash(entries_[static_cast<size_t>(id)]), id,
           [](int) { return false; });
}

int Vocabulary::append(std::string entry, int id) {
  const auto place = static_cast<size_t>(id);
  if (place >= entries_.size()) entries_.resize(place + 1);
  entries_[place] = std::move(entry);
  ++count_;
  appended_.insert(id);
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

void Vocabulary::add_rule(const MergeRule& rule, int order) {
  merges_.push_back(rule);
  orders_.push_back(order);
}

}  // namespace excise
