#include "experiment/corpus/corpus_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "experiment/corpus/batch_record.h"

namespace excise {
namespace {

CorpusHeader made_header() {
  CorpusHeader header;
  header.program = "1.0";
  header.model = {{"name", "m"}, {"n_layers", 2}};
  header.spec = {{"seed", 0}, {"remove", {0}}};
  header.texts = {{"a.txt", "a", "", 7}, {"b.txt", "b", "x", 5}};
  header.windows = {{0, 0, 4, 0}, {0, 4, 5, 2}, {1, 9, 5, 0}};
  header.batches = {0, 2, 3};
  header.skipped = {{"c.txt", "an empty text"}};
  header.window = 5;
  header.layers = {0, 1};
  header.branches = 4;
  return header;
}

TEST(CorpusHeaderTest, ComesBackAsItWasWritten) {
  const CorpusHeader header = made_header();
  const auto read = read_header(write_header(header), "journal");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(write_header(*read), write_header(header));
  EXPECT_EQ(difference(*read, header), "");
}

TEST(CorpusHeaderTest, WhatDiffersIsNamedAsUsersNameIt) {
  const CorpusHeader header = made_header();
  CorpusHeader other = header;
  other.experiment = "other paths";
  EXPECT_EQ(difference(header, other), "");
  other.threads = 7;
  other.spec["seed"] = 1;
  other.spec["hook"] = "hook_post";
  EXPECT_EQ(difference(header, other), "seed, hook, threads");
  other = header;
  other.windows[0].tokens = 3;
  other.texts_fingerprint = "x";
  EXPECT_EQ(difference(header, other), "texts");
}

TEST(CorpusHeaderTest, ListsThatDoNotFitAreRefused) {
  const auto refused = [](auto change) {
    CorpusHeader header = made_header();
    change(header);
    const auto read = read_header(write_header(header), "journal");
    return !read && read.error().code == ErrorCode::kBadFile;
  };
  EXPECT_TRUE(refused([](CorpusHeader& h) { h.windows[0].text = 2; }));
  EXPECT_TRUE(refused([](CorpusHeader& h) { h.batches = {0, 2}; }));
  EXPECT_TRUE(refused([](CorpusHeader& h) { h.batches = {0, 2, 2, 3}; }));
  EXPECT_TRUE(refused([](CorpusHeader& h) { h.batches = {0, 4, 3}; }));
  EXPECT_TRUE(refused([](CorpusHeader& h) { h.batches = {}; }));
  EXPECT_TRUE(refused([](CorpusHeader& h) { h.layers = {}; }));
  EXPECT_FALSE(read_header("{}", "journal"));
  EXPECT_FALSE(read_header("", "journal"));
  EXPECT_FALSE(
      read_header("{\"schema\": \"excise.corpus-journal/1\", "
                  "\"program\": 3}",
                  "journal"));
}

// Numbers of the row all have a place of their own.
TEST(CorpusHeaderTest, PartsAndHalvesHavePlaces) {
  CorpusHeader header = made_header();
  const size_t width = header.layout().width();
  header.spec["parts"] = true;
  header.spec["variants"] = "keep-only,robustness";
  header = read_header(write_header(header), "journal").value();
  EXPECT_TRUE(header.has_variants());
  EXPECT_EQ(header.sums_of.parts, 5U);
  const SumsLayout layout = header.layout();
  std::set<size_t> places;
  for (size_t branch = 0; branch < 4; ++branch)
    places.insert(layout.direct(branch));
  for (size_t i = 0; i < 2; ++i) {
    for (size_t p = 0; p < 5; ++p) places.insert(layout.part(i, p));
    places.insert({layout.parts_error(i), layout.parts_points(i),
                   layout.first_half(i), layout.half_tokens(i),
                   layout.behind_first(i)});
  }
  EXPECT_EQ(places.size(), 4 + 2 * (5 + 2 + 3));
  EXPECT_EQ(*places.begin(), width);
  EXPECT_EQ(*places.rbegin() + 1, layout.width());
}

TEST(CorpusHeaderTest, ModelsThatAreNoneAreRefused) {
  for (const Json& n_layers :
       {Json("many"), Json(-1), Json(1e300), Json(uint64_t{1} << 62U)}) {
    CorpusHeader header = made_header();
    header.spec["parts"] = true;
    header.model["n_layers"] = n_layers;
    EXPECT_FALSE(read_header(write_header(header), "journal")) << n_layers;
  }
}

TEST(BatchRecordTest, ComesBackAsItWasWritten) {
  const SumsLayout layout(2, 3);
  BatchRecord record(2, layout);
  for (size_t i = 0; i < layout.width(); ++i)
    record.row(0)[i] = static_cast<double>(i) / 3;
  record.leave_out(1, "too \"short\"\n");
  record.add_audit({1e-7, 5, 5, {{1, 0.1, 1.0 / 3}}});
  const std::string bytes = record.bytes();
  const auto content = std::as_bytes(std::span(bytes.data(), bytes.size()));
  auto read = BatchRecord::read(content, 2, layout);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->bytes(), bytes);
  EXPECT_LT(read->row(1)[SumsLayout::kTokens], 0);
  EXPECT_EQ(read->left_out().at(1), "too \"short\"\n");
  EXPECT_EQ(read->audit().rounding[0].rms_error, 1.0 / 3);
  EXPECT_EQ(read->audit().no_op_max_abs_delta_logprob, 1e-7);
  EXPECT_EQ(read->audit().edits_fired, 5U);
  // Other sizes than the header says.
  EXPECT_FALSE(BatchRecord::read(content, 3, layout));
  EXPECT_FALSE(BatchRecord::read(content, 1, layout));
  EXPECT_FALSE(BatchRecord::read(content.first(8), 2, layout));
}

}  // namespace
}  // namespace excise
