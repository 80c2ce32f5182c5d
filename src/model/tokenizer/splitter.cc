#include "model/tokenizer/splitter.h"

#include <algorithm>

#include "model/tokenizer/file_error.h"
#include "model/tokenizer/json_file.h"

namespace excise {

Result<Splitter::Behavior> Splitter::behavior(
    const nlohmann::json& part, const std::filesystem::path& file) {
  const nlohmann::json& name = member(part, "behavior");
  if (name.is_null() || name == "Isolated") return Behavior::kIsolated;
  if (name == "Removed") return Behavior::kRemoved;
  if (name == "Contiguous") return Behavior::kContiguous;
  if (name == "MergedWithPrevious") return Behavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return Behavior::kMergedWithNext;
  return bad_file(file, "a behavior of " + part_name(part), name.dump());
}

Result<std::vector<Splitter::Segment>> Splitter::segments(
    std::string_view text) const {
  std::vector<Segment> all;
  size_t end = 0;
  Regex::Matches matches(regex_, text);
  while (const auto match = EXCISE_TRY(matches.next())) {
    if (match->begin > end) all.push_back({end, match->begin, invert_});
    all.push_back({match->begin, match->end, !invert_});
    end = match->end;
  }
  if (end < text.size()) all.push_back({end, text.size(), invert_});
  std::vector<Segment> out;
  bool previous = false;
  switch (behavior_) {
    case Behavior::kIsolated:
      return all;
    case Behavior::kRemoved:
      std::erase_if(all,
                    [](const Segment& segment) { return segment.is_match; });
      return all;
    case Behavior::kContiguous:
      for (const Segment& segment : all) {
        if (segment.is_match == previous && !out.empty()) {
          out.back().end = segment.end;
        } else {
          out.push_back(segment);
        }
        previous = segment.is_match;
      }
      return out;
    case Behavior::kMergedWithPrevious:
      for (const Segment& segment : all) {
        if (segment.is_match && !previous && !out.empty()) {
          out.back().end = segment.end;
        } else {
          out.push_back(segment);
        }
        previous = segment.is_match;
      }
      return out;
    case Behavior::kMergedWithNext:
      for (size_t i = all.size(); i-- > 0;) {
        if (all[i].is_match && !previous && !out.empty()) {
          out.back().begin = all[i].begin;
        } else {
          out.push_back(all[i]);
        }
        previous = all[i].is_match;
      }
      std::ranges::reverse(out);
      return out;
  }
  return all;
}

}  // namespace excise
