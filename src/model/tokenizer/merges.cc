#include "model/tokenizer/merges.h"

#include <functional>
#include <queue>
#include <utility>

namespace excise {
namespace {

uint32_t pair_hash(int left, int right) {
  const uint64_t pair = static_cast<uint64_t>(static_cast<uint32_t>(left))
                            << 32 |
                        static_cast<uint32_t>(right);
  constexpr uint64_t kGoldenRatio = 0x9E3779B97F4A7C15;  // Fibonacci hashing
  return static_cast<uint32_t>((pair ^ pair >> 29) * kGoldenRatio >> 32);
}

// A token of the piece in a doubly linked list; id -1 once it was merged away.
struct Link {
  int id;
  int previous;  // -1: none
  int next;      // -1: none
};

// A rule that could be applied when it was queued: its order above the index of
// its left link, so that the smallest is the next to apply.
using Candidate = uint64_t;

}  // namespace

Merges::Merges(std::vector<MergeRule> rules, std::vector<int> orders)
    : rules_(std::move(rules)),
      orders_(std::move(orders)),
      ranks_(rules_.size()) {
  for (size_t i = 0; i < rules_.size(); ++i) {
    const auto [left, right, merged] = rules_[i];
    ranks_.put(pair_hash(left, right), static_cast<int>(i), [&](int other) {
      return rule(other).left == rules_[i].left &&
             rule(other).right == rules_[i].right;
    });
  }
}

int Merges::rank(int left, int right) const {
  return ranks_.find(pair_hash(left, right), [&](int other) {
    return rule(other).left == left && rule(other).right == right;
  });
}

void Merges::apply(std::vector<int>& ids, size_t first,
                   std::vector<size_t>* firsts) const {
  std::vector<Link> links;
  const int n = static_cast<int>(ids.size() - first);
  links.reserve(static_cast<size_t>(n));
  for (int i = 0; i < n; ++i)
    links.push_back({ids[first + static_cast<size_t>(i)], i - 1, i + 1});
  if (n > 0) links.back().next = -1;
  ids.resize(first);
  const auto link = [&](int i) -> Link& {
    return links[static_cast<size_t>(i)];
  };

  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto consider = [&](int left) {
    if (left < 0 || link(left).next < 0) return;
    const int found = rank(link(left).id, link(link(left).next).id);
    if (found == kNoRank) return;
    const int order =
        orders_.empty() ? found : orders_[static_cast<size_t>(found)];
    queue.push(static_cast<Candidate>(order) << 32 |
               static_cast<uint32_t>(left));
  };
  // The rule of an order for what a link and its next are by now.
  const auto rule_at = [&](int order, int i) {
    if (orders_.empty()) return order;
    const int next = link(i).next;
    const int found = next < 0 ? kNoRank : rank(link(i).id, link(next).id);
    return found != kNoRank && orders_[static_cast<size_t>(found)] == order
               ? found
               : kNoRank;
  };
  for (int i = 0; i + 1 < n; ++i) consider(i);
  while (!queue.empty()) {
    const int i = static_cast<int>(queue.top() & 0xFFFFFFFF);
    const int found = rule_at(static_cast<int>(queue.top() >> 32), i);
    queue.pop();
    if (found == kNoRank) continue;
    const MergeRule& best = rule(found);
    Link& left = link(i);
    // Either side may have been merged since.
    if (left.id != best.left || left.next < 0 ||
        link(left.next).id != best.right) {
      continue;
    }
    Link& right = link(left.next);
    left.id = best.merged;
    left.next = right.next;
    right.id = -1;
    if (left.next >= 0) link(left.next).previous = i;
    consider(left.previous);
    consider(i);
  }
  for (int i = n > 0 ? 0 : -1; i >= 0; i = link(i).next) {
    ids.push_back(link(i).id);
    if (firsts != nullptr) firsts->push_back(static_cast<size_t>(i));
  }
}

}  // namespace excise
