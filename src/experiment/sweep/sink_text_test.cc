#include "experiment/sweep/sink_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "testing/made_words.h"

namespace excise {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Layers 0 and 2 hurt, 1 does nothing; of each component so much is on the
// first token.
SweepResult with_sinks(const std::vector<double>& shares) {
  SweepResult result = identity(200, {2, 0, 3});
  result.basis.source = "this text";
  for (size_t l = 0; l < shares.size(); ++l) {
    auto& u0 = result.findings[l].u0;
    u0.assign(u0.size(),
              std::sqrt((1 - shares[l]) / static_cast<double>(u0.size() - 1)));
    u0.front() = -std::sqrt(shares[l]);
  }
  return result;
}

TEST(SinkWords, CountLayersThatHurtAndHaveMostOfItThere) {
  EXPECT_THAT(passage(with_sinks({0.1, 0.9, 0.786}), "sink"),
              StartsWith("79 % of component 0 is on the first token in layer "
                         "2, where it hurts: a run that leaves that token "
                         "alone (positions 1-)"));
  EXPECT_THAT(passage(with_sinks({0.6, 0.9, 0.95}), "sink"),
              HasSubstr("60 % to 95 % of component 0 are on the first token in "
                        "layers 0, 2, where"));
}

TEST(SinkWords, NothingIsSaidOfOthers) {
  EXPECT_EQ(passage(with_sinks({0.49, 0.9, 0.4}), "sink"), "");
  SweepResult skipped = with_sinks({0.9, 0.9, 0.9});
  skipped.edited.assign(skipped.ids.size(), 1);
  EXPECT_NE(passage(skipped, "sink"), "");
  skipped.edited.front() = 0;
  EXPECT_EQ(passage(skipped, "sink"), "");
  SweepResult elsewhere = with_sinks({0.9, 0.9, 0.9});
  elsewhere.basis.source = "a corpus";
  EXPECT_EQ(passage(elsewhere, "sink"), "");
  SweepResult two = with_sinks({0.9, 0.9, 0.9});
  two.spec.remove = {0, 1};
  EXPECT_EQ(passage(two, "sink"), "");
}

TEST(SinkWords, SeveralTextsAreToldOfTheFirst) {
  EXPECT_THAT(passage(with_texts(with_sinks({0.9, 0, 0}), {1, 2}), "sink"),
              StartsWith("Of the first text: 90 % of component 0"));
}

}  // namespace
}  // namespace excise
