// Where the second opinion must be told, and where not.
#include "experiment/sweep/second_opinion_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/made_words.h"

namespace excise {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Layers 0, 1, ... that all hurt by t; those in `unconfirmed` by t alone.
Summary all_hurt(size_t layers, const std::vector<size_t>& unconfirmed,
                 const std::vector<double>& shares) {
  Summary summary;
  summary.headline.layers_unconfirmed = unconfirmed;
  summary.headline.layers_one_token.emplace();
  for (size_t i = 0; i < layers; ++i) {
    LayerSummary& layer = summary.layers.emplace_back();
    layer.layer = i;
    layer.removal.effect.default_n.q = 0.01;
    layer.removal.effect.second.emplace().p = 0.2;
    layer.removal.effect.largest = LargestToken{7 + i, shares[i]};
    if (shares[i] > kMuchOfTheSum)
      summary.headline.layers_one_token->push_back(i);
    summary.headline.layers_hurt.push_back(i);
  }
  return summary;
}

TEST(SecondOpinionWords, CountWhatIsNotConfirmed) {
  const auto words = [](size_t layers, const std::vector<size_t>& unconfirmed) {
    return second_opinion_words(
        all_hurt(layers, unconfirmed, std::vector<double>(layers, 0.1)))[0];
  };
  EXPECT_THAT(words(5, {1, 3}),
              HasSubstr("does not confirm 2 of these 5 layers (layers 1, 3) at "
                        "q < 0.05: it has less power than t"));
  EXPECT_THAT(words(5, {}), HasSubstr("confirms all 5 of them at q < 0.05."));
  EXPECT_THAT(words(2, {}), HasSubstr("confirms both at"));
  EXPECT_THAT(words(1, {}), HasSubstr("confirms it at"));
  EXPECT_THAT(words(1, {0}), HasSubstr("does not confirm it at"));
  EXPECT_THAT(words(2, {0, 1}), HasSubstr("does not confirm either at"));
  EXPECT_THAT(words(4, {0, 1, 2, 3}), HasSubstr("any of the 4 at"));
  EXPECT_THAT(words(5, {}), Not(HasSubstr("not")));
}

TEST(SecondOpinionWords, SayWhereItHasNoTest) {
  Summary summary = all_hurt(2, {0, 1}, {0.1, 0.1});
  for (LayerSummary& layer : summary.layers) {
    layer.removal.effect.second->p = std::nullopt;
    layer.removal.effect.second->reason = "fewer than eight values";
  }
  EXPECT_THAT(second_opinion_words(summary)[0],
              HasSubstr("at q < 0.05 (it has no test at layers 0, 1: fewer "
                        "than eight values)"));
}

TEST(SecondOpinionWords, NameATokenThatHasMuchOfTheSum) {
  const auto words = [](const std::vector<double>& shares) {
    return second_opinion_words(all_hurt(shares.size(), {}, shares))[1];
  };
  EXPECT_THAT(words({0.25, 0.2, 0.1}), IsEmpty());
  EXPECT_THAT(words({0.1, 0.26, 0.31}),
              HasSubstr("In 2 of these 3 layers (layers 1, 2) a single token "
                        "has more than a quarter of the sum of effects: most "
                        "at layer 2, where the one at position 9 has 31 % of "
                        "it. Further texts"));
  EXPECT_THAT(words({0.1, 0.3, 0.2}),
              HasSubstr("(layer 1) a single token has more than a quarter of "
                        "the sum of effects: the one at position 8 has 30 %"));
  EXPECT_THAT(words({0.3}), HasSubstr("There a single token has more"));
}

// A star that hangs on one token is told, and one of many tokens is not.
TEST(SecondOpinionWords, FollowFromTheTokens) {
  SweepResult result = identity(60, {0, 0});
  std::vector<double>& d = result.findings[0].removal.delta_logprob;
  for (size_t t = 1; t < d.size(); ++t) d[t] = t % 2 == 0 ? 0.12 : 0.08;
  EXPECT_THAT(passage(result, "second opinion"),
              Not(HasSubstr("single token")));
  d[17] = 2.6;
  const Summary summary = summary_of(result);
  EXPECT_LT(*summary.layers[0].removal.effect.default_n.q, 0.05);
  EXPECT_EQ(summary.headline.layers_one_token, std::vector<size_t>{0});
  EXPECT_THAT(passage(result, summary, "second opinion"),
              HasSubstr("There a single token has more than a quarter of the "
                        "sum of effects: the one at position 17 has 31 % of"));
}

TEST(SecondOpinionWords, AreOfLayersWithAnEffect) {
  EXPECT_THAT(passage(identity(60, {0, 0, 0}), "second opinion"),
              Not(HasSubstr("second opinion")));
  const std::string text = passage(identity(200, {2, 3, 2}), "second opinion");
  EXPECT_THAT(text, HasSubstr("confirms all 3 of them"));
  EXPECT_THAT(text, Not(HasSubstr("single token")));
  SweepResult result = identity(200, {2, 0, 0});
  std::vector<double>& one = result.findings[0].removal.delta_logprob;
  for (size_t t = 1; t < one.size(); ++t) one[t] = t % 2 == 0 ? 0.2 : 0.1;
  one[17] = 40;  // t is about 1.1: no effect, and nothing said of the token
  EXPECT_THAT(passage(result, "second opinion"),
              Not(HasSubstr("single token")));
}

// Over units of another kind there is none.
TEST(SecondOpinionWords, AreNotOfWhatHasNone) {
  Summary summary = all_hurt(3, {}, {0.9, 0.9, 0.9});
  summary.headline.layers_unconfirmed = std::nullopt;
  EXPECT_THAT(second_opinion_words(summary), IsEmpty());
}

}  // namespace
}  // namespace excise
