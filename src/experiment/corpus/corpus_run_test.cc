#include "experiment/corpus/corpus_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <string>

#include "experiment/corpus/corpus_data.h"
#include "experiment/corpus/corpus_summary.h"
#include "experiment/corpus/corpus_text.h"
#include "experiment/sweep/sweep.h"
#include "testing/bundled_model.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using testing::HasSubstr;

const std::vector<std::string>& stories() {
  static const std::vector<std::string> kStories = {
      "The dog did nothing in the night-time. That was the curious incident.",
      "A small cat sat on the wall and looked at the moon for a long time.",
      "\"You know my methods, Watson,\" said he, and lit his pipe again.",
      "It rained all day, and nobody came to the house by the river.",
      "She gave him the letter. He read it twice and put it in the fire."};
  return kStories;
}

class CorpusRunTest : public ::testing::Test {
 protected:
  CorpusRunTest() {
    for (size_t i = 0; i < stories().size(); ++i)
      folder_.write("texts/" + std::to_string(i) + ".txt", stories()[i]);
    spec_.model = "baker-7m";
    spec_.texts = {(folder_.path() / "texts").string()};
    spec_.layers = "0,5,11";
    spec_.permutations = 100;
    // Two windows to a batch, so that there are several.
    spec_.window = 14;
  }

  CorpusRun prepared() const {
    auto run = CorpusRun::prepare(baker(), spec_, "baker-7m", "1", Progress());
    EXPECT_TRUE(run) << run.error().message;
    return std::move(*run);
  }
  std::filesystem::path journal(const std::string& name) const {
    return folder_.path() / name;
  }
  CorpusData measured(const std::string& name = "whole") const {
    const Status status =
        prepared().measure(journal(name), EarlierJournal::kGoOn, {}, {});
    EXPECT_TRUE(status) << status.error().message;
    auto data = CorpusData::open({{journal(name)}});
    EXPECT_TRUE(data) << data.error().message;
    return std::move(*data);
  }
  std::string content(const std::string& name) const {
    std::ifstream file(journal(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TemporaryFolder folder_;
  CorpusSpec spec_;
};

// The oracle: a sweep of each text for itself.
TEST_F(CorpusRunTest, EachTextHasTheNumbersThatItHasAlone) {
  spec_.window = 0;
  spec_.controls = {{Control::kNormMatched, 2}};
  spec_.together = "5,11";
  const CorpusData data = measured();
  const SumsLayout layout = data.header().layout();
  std::vector<std::vector<double>> rows;
  data.for_each([&](size_t, std::span<const double> row) {
    rows.emplace_back(row.begin(), row.end());
  });
  ASSERT_EQ(rows.size(), stories().size());
  for (size_t i = 0; i < rows.size(); ++i) {
    Spec alone = spec_;
    alone.text = stories()[i];
    const auto result = run_sweep(baker(), alone, Progress());
    ASSERT_TRUE(result);
    const size_t tokens = result->ids.size();
    const double tolerance = 1e-5 * static_cast<double>(tokens);
    ASSERT_EQ(rows[i][SumsLayout::kTokens], tokens - 1);
    double logprob = 0;
    for (const double p : result->clean.logprob) logprob += p;
    EXPECT_NEAR(rows[i][SumsLayout::kLogprob], logprob, tolerance);
    const TextPlanner planner =
        *TextPlanner::prepare(baker(), spec_, Progress());
    const SweepBranches branches = planner.plan(result->ids)->branches;
    const auto compare = [&](size_t branch, const std::vector<double>& d) {
      double sum = 0, squares = 0;
      for (const double value : d) {
        sum += value;
        squares += value * value;
      }
      EXPECT_NEAR(rows[i][layout.sum(branch, Sum::kD)], sum, tolerance);
      EXPECT_NEAR(rows[i][layout.sum(branch, Sum::kDSquared)], squares,
                  10 * tolerance);
    };
    for (size_t l = 0; l < 3; ++l) {
      const LayerFindings& found = result->findings[l];
      compare(branches.removal[l], found.removal.delta_logprob);
      compare(*branches.removed[l], found.removed->delta_logprob);
      compare(*branches.empty[l], found.empty->delta_logprob);
      for (size_t draw = 0; draw < 2; ++draw) {
        compare(branches.first_control[l] + draw,
                found.controls[0].delta_logprob[draw]);
      }
      EXPECT_NEAR(rows[i][layout.share(l)], found.share, 1e-3);
      double kl = 0, changed = 0, drift = 0;
      for (size_t t = 0; t + 1 < tokens; ++t) {
        kl += found.removal.kl[t];
        changed += found.removal.top1_changed[t];
        const auto& moved = found.removal.drift_per_token;
        drift += std::pow(moved.row(moved.rows() - 1)[t], 2);
      }
      const size_t branch = branches.removal[l];
      EXPECT_NEAR(rows[i][layout.sum(branch, Sum::kKl)], kl, tolerance);
      EXPECT_EQ(rows[i][layout.sum(branch, Sum::kTop1Changed)], changed);
      EXPECT_NEAR(rows[i][layout.sum(branch, Sum::kDriftSquared)], drift,
                  1e-3 * drift + 1e-6);
    }
    compare(branches.together[0], result->together[0].effect.delta_logprob);
  }
}

TEST_F(CorpusRunTest, ARunThatWasCutGoesOnToTheSameBytes) {
  const std::string whole = [&] {
    measured();
    return content("whole");
  }();
  for (const size_t size : {whole.size() / 2, whole.size() - 1}) {
    std::ofstream(journal("cut"), std::ios::binary) << whole.substr(0, size);
    measured("cut");
    EXPECT_EQ(content("cut"), whole) << size;
  }
}

TEST_F(CorpusRunTest, ShardsTogetherAreTheWhole) {
  for (int i = 0; i < 30; ++i) {
    folder_.write("texts/more" + std::to_string(100 + i) + ".txt",
                  stories()[0] + stories()[1] + stories()[2] + stories()[3] +
                      std::to_string(i));
  }
  spec_.window = 0;
  spec_.layers = "11";
  const CorpusData whole = measured();
  ASSERT_GE(whole.header().batch_count(), 2U);
  std::vector<std::filesystem::path> shards;
  for (size_t i = 1; i <= 2; ++i) {
    shards.push_back(journal("shard" + std::to_string(i)));
    ASSERT_TRUE(
        prepared().measure(shards.back(), EarlierJournal::kRefuse, {i, 2}, {}));
  }
  std::ranges::reverse(shards);
  const auto merged = CorpusData::open(shards);
  ASSERT_TRUE(merged) << merged.error().message;
  ASSERT_TRUE(merged->write_journal(journal("merged")));
  EXPECT_EQ(content("merged"), content("whole"));

  const auto half = CorpusData::open({{shards[0]}});
  ASSERT_FALSE(half);
  EXPECT_THAT(half.error().message, HasSubstr("missing"));
  const auto twice = CorpusData::open({{shards[0], shards[1], shards[1]}});
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message, HasSubstr("each shard once"));
}

TEST_F(CorpusRunTest, AJournalOfAnotherRunIsRefusedByWhatDiffers) {
  measured("one");
  spec_.seed = 7;
  spec_.remove = {1};
  const Status status =
      prepared().measure(journal("one"), EarlierJournal::kGoOn, {}, {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(status.error().message, HasSubstr("another one: remove, seed;"));
}

TEST_F(CorpusRunTest, AnEarlierJournalIsNotWrittenOverUnasked) {
  measured("one");
  const std::string before = content("one");
  const Status status =
      prepared().measure(journal("one"), EarlierJournal::kRefuse, {}, {});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("--resume"));
  EXPECT_EQ(content("one"), before);
  std::ofstream(journal("foreign")) << "somebody's own file";
  const Status foreign =
      prepared().measure(journal("foreign"), EarlierJournal::kReplace, {}, {});
  ASSERT_FALSE(foreign);
  EXPECT_EQ(content("foreign"), "somebody's own file");
}

// Of three tokens none has a component 5: the others are measured all the same.
TEST_F(CorpusRunTest, AWindowThatCannotBeMeasuredIsLeftOutByName) {
  folder_.write("texts/short.txt", "The dog did");
  spec_.window = 0;
  spec_.remove = {5};
  const CorpusData data = measured();
  ASSERT_EQ(data.left_out().size(), 1U);
  EXPECT_THAT(data.left_out().begin()->second, HasSubstr("rank"));
  const auto corpus = summarize_corpus(data, Progress());
  ASSERT_TRUE(corpus) << corpus.error().message;
  EXPECT_EQ(corpus->units.size(), stories().size());
  EXPECT_THAT(joined(corpus_passages(data.header(), data, *corpus)),
              HasSubstr("1 window could not be measured; the first is of " +
                        spec_.texts[0] + "/short.txt"));
  spec_.strict = true;
  EXPECT_FALSE(
      prepared().measure(journal("strict"), EarlierJournal::kRefuse, {}, {}));
}

// What is kept of tokens adds up to the sums of their windows, to the bit.
TEST_F(CorpusRunTest, TokensAreKeptWhereThatIsAskedFor) {
  spec_.keep_tokens = true;
  spec_.overlap = 3;
  const CorpusData data = measured();
  const CorpusHeader& header = data.header();
  const SumsLayout layout = header.layout();
  const auto removal = TextPlanner::prepare(baker(), spec_, {})
                           ->plan({1, 2, 3})
                           ->branches.removal;
  std::vector<std::vector<double>> rows;
  data.for_each([&](size_t, std::span<const double> row) {
    rows.emplace_back(row.begin(), row.end());
  });
  size_t seen = 0;
  const Status status = data.for_each_tokens(
      [&](size_t window, const TokenRows& tokens) -> Status {
        const std::vector<double>& row = rows[seen++];
        EXPECT_EQ(row[SumsLayout::kTokens], tokens.size());
        for (size_t l = 0; l < 3; ++l) {
          double d = 0, kl = 0;
          for (size_t t = 0; t < tokens.size(); ++t) {
            d += tokens.effect(t, l);
            kl += tokens.kl(t, l);
          }
          EXPECT_EQ(row[layout.sum(removal[l], Sum::kD)], d);
          EXPECT_EQ(row[layout.sum(removal[l], Sum::kKl)], kl);
        }
        const size_t context = header.windows[window].context;
        EXPECT_EQ(tokens.position(0), std::max<size_t>(context, 1));
        EXPECT_FALSE(tokens.piece(0).empty());
        return {};
      });
  EXPECT_TRUE(status);
  EXPECT_EQ(seen, rows.size());
  EXPECT_GT(seen, stories().size());
}

// Units count once, however many tokens they have.
TEST_F(CorpusRunTest, TestsAreOverUnits) {
  const CorpusData data = measured();
  const auto corpus = summarize_corpus(data, Progress());
  ASSERT_TRUE(corpus) << corpus.error().message;
  ASSERT_EQ(corpus->units.size(), 5U);
  EXPECT_GT(corpus->windows, 5U);
  const SumsLayout layout = data.header().layout();
  for (size_t l = 0; l < 3; ++l) {
    std::vector<double> sums(5), tokens(5);
    data.for_each([&](size_t window, std::span<const double> row) {
      const size_t text = data.header().windows[window].text;
      sums[text] += row[layout.sum(corpus->branches[3 * l].index, Sum::kD)];
      tokens[text] += row[SumsLayout::kTokens];
    });
    double mean = 0;
    for (size_t u = 0; u < 5; ++u) {
      EXPECT_NEAR(corpus->layers[l].means[u], sums[u] / tokens[u], 1e-12);
      mean += sums[u] / tokens[u] / 5;
    }
    const MeanTest& test = corpus->summary.layers[l].removal.effect.default_n;
    EXPECT_EQ(test.n, 5U);
    EXPECT_NEAR(*test.mean, mean, 1e-12);
    EXPECT_EQ(corpus->convergence[l].back().n, 5U);
    EXPECT_NEAR(corpus->convergence[l].back().mean, mean, 1e-12);
  }
}

TEST(ShardTest, IsReadAsAFraction) {
  EXPECT_EQ(parse_shard("2/5")->index, 2U);
  EXPECT_EQ(parse_shard("2/5")->count, 5U);
  for (const char* text :
       {"0/5", "6/5", "2", "2/", "/5", "2/5x", "-1/5", "a/b"})
    EXPECT_FALSE(parse_shard(text)) << text;
}

}  // namespace
}  // namespace excise
