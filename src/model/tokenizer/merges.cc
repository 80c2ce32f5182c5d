#include "model/tokenizer/merges.h"

#include <queue>
#include <tuple>

namespace excise {
namespace {

uint64_t pair_key(int left, int right) {
  return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 |
         static_cast<uint32_t>(right);
}

// A token of the piece in a doubly linked list; id -1 once it was merged away.
struct Link {
  int id;
  int previous;  // -1: none
  int next;      // -1: none
};

// A merge that was possible when it was queued.
struct Candidate {
  int rank;
  int left;     // index of its left link
  int left_id;  // the ids it was queued for
  int right_id;
  int merged_id;
  bool operator>(const Candidate& other) const {
    return std::tie(rank, left) > std::tie(other.rank, other.left);
  }
};

}  // namespace

void Merges::add(int left, int right, Merge merge) {
  merges_.emplace(pair_key(left, right), merge);
}

std::optional<Merges::Merge> Merges::find(int left, int right) const {
  const auto found = merges_.find(pair_key(left, right));
  if (found == merges_.end()) return std::nullopt;
  return found->second;
}

void Merges::apply(std::string_view piece, std::vector<int>& ids) const {
  const int n = static_cast<int>(piece.size());
  std::vector<Link> links;
  links.reserve(piece.size());
  for (int i = 0; i < n; ++i) {
    const auto byte = static_cast<uint8_t>(piece[static_cast<size_t>(i)]);
    links.push_back({byte_ids_[byte], i - 1, i + 1 < n ? i + 1 : -1});
  }
  const auto link = [&](int i) -> Link& {
    return links[static_cast<size_t>(i)];
  };

  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto consider = [&](int left) {
    if (left < 0 || link(left).next < 0) return;
    const int left_id = link(left).id;
    const int right_id = link(link(left).next).id;
    if (const auto merge = find(left_id, right_id)) {
      queue.push({merge->rank, left, left_id, right_id, merge->id});
    }
  };
  for (int i = 0; i + 1 < n; ++i) consider(i);
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Link& left = link(best.left);
    // Either side may have been merged since.
    if (left.id != best.left_id || left.next < 0 ||
        link(left.next).id != best.right_id) {
      continue;
    }
    Link& right = link(left.next);
    left.id = best.merged_id;
    left.next = right.next;
    right.id = -1;
    if (left.next >= 0) link(left.next).previous = best.left;
    consider(left.previous);
    consider(best.left);
  }
  for (int i = n > 0 ? 0 : -1; i >= 0; i = link(i).next) {
    ids.push_back(link(i).id);
  }
}

}  // namespace excise
