#include "model/tokenizer/merges.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "core/random.h"

namespace excise {
namespace {

std::vector<int> symbols_of(std::string_view piece) {
  return {piece.begin(), piece.end()};
}

// The definition: while any pair can be merged, merge the one of lowest rank,
// the leftmost of equals.
std::vector<int> merged_slowly(const Merges& merges, std::string_view piece) {
  std::vector<int> ids = symbols_of(piece);
  while (true) {
    int best = Merges::kNoRank;
    size_t place = 0;
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      const int rank = merges.rank(ids[i], ids[i + 1]);
      if (rank != Merges::kNoRank && (best == Merges::kNoRank || rank < best)) {
        best = rank;
        place = i;
      }
    }
    if (best == Merges::kNoRank) return ids;
    ids[place] = merges.rule(best).merged;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  }
}

std::vector<int> applied(const Merges& merges, std::string_view piece) {
  std::vector<int> ids = symbols_of(piece);
  std::vector<size_t> firsts;
  merges.apply(ids, 0, &firsts);
  EXPECT_EQ(firsts.size(), ids.size());
  EXPECT_TRUE(firsts.empty() || firsts.front() == 0);
  EXPECT_TRUE(std::ranges::is_sorted(firsts, std::less_equal<>()));
  return ids;
}

// A dense random table over four letters. Many pieces are the sum of several
// pairs, and some pairs have two rules.
Merges random_merges(Random& random) {
  std::vector<int> known = {'a', 'b', 'c', 'd'};
  std::vector<MergeRule> rules;
  for (int rank = 0; rank < 200; ++rank) {
    const int left = known[random.below(known.size())];
    const int right = known[random.below(known.size())];
    rules.push_back({left, right, 256 + rank / 2});
    known.push_back(256 + rank / 2);
  }
  return Merges(rules);
}

TEST(MergesTest, EqualsTheSlowDefinition) {
  Random random(2);
  for (int table = 0; table < 20; ++table) {
    const Merges merges = random_merges(random);
    for (int i = 0; i < 200; ++i) {
      std::string piece;
      const size_t length = random.below(50);
      for (size_t k = 0; k < length; ++k) {
        piece += static_cast<char>('a' + random.below(4));
      }
      EXPECT_EQ(applied(merges, piece), merged_slowly(merges, piece)) << piece;
    }
  }
}

TEST(MergesTest, TheLaterOfTwoRulesForAPairCounts) {
  const Merges merges({{'a', 'b', 256}, {'b', 'c', 257}, {'a', 'b', 256}});
  EXPECT_EQ(merges.rank('a', 'b'), 2);
  EXPECT_EQ(applied(merges, "abc"), (std::vector<int>{'a', 257}));
}

TEST(MergesTest, EqualRanksMergeFromTheLeft) {
  const Merges merges({{'a', 'a', 256}});
  EXPECT_EQ(applied(merges, "aaaaa"), (std::vector<int>{256, 256, 'a'}));
  EXPECT_EQ(applied(merges, ""), std::vector<int>());
}

}  // namespace
}  // namespace excise
