#include "experiment/corpus/corpus_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "io/journal.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using testing::HasSubstr;
using testing::Not;

// A corpus of one layer with these effects of units; units 0 and 1 of group a.
class CorpusTextTest : public ::testing::Test {
 protected:
  std::string said(std::vector<double> means) {
    header_.texts.clear();
    header_.windows.clear();
    header_.batches = {0};
    header_.layers = {3};
    header_.model = {{"name", "m"}, {"n_layers", 6}};
    spec_.texts = {"t"};
    spec_.model = "m";
    spec_.cells = Cells::kPreset;
    spec_.permutations = 10;
    header_.experiment = corpus_spec_to_toml(spec_);
    header_.branches = 2;  // the removal and one without an edit
    for (size_t u = 0; u < means.size(); ++u) {
      const std::string name = "t" + std::to_string(u);
      header_.texts.push_back({name, name, u < 2 ? "a" : "b", 2});
      header_.windows.push_back({u, 0, 3, 0});
      header_.batches.push_back(u + 1);
    }
    const auto path = folder_.path() / std::to_string(++count_);
    auto writer = JournalWriter::create(path, write_header(header_));
    for (size_t u = 0; u < means.size(); ++u) {
      std::vector<double> row(header_.layout().width());
      row[SumsLayout::kTokens] = 2;
      row[header_.layout().sum(0, Sum::kD)] = 2 * means[u];
      std::string bytes(reinterpret_cast<const char*>(row.data()),
                        row.size() * sizeof(double));
      bytes += "{\"left_out\":[],\"no_op\":0,\"edits\":[1,1],\"rounding\":[]}";
      EXPECT_TRUE(writer->append(
          u, std::as_bytes(std::span(bytes.data(), bytes.size()))));
    }
    const auto data = CorpusData::open({{path}});
    EXPECT_TRUE(data) << data.error().message;
    const auto corpus = summarize_corpus(*data, Progress());
    EXPECT_TRUE(corpus) << corpus.error().message;
    return joined(corpus_passages(data->header(), *data, *corpus));
  }
  TemporaryFolder folder_;
  CorpusHeader header_;
  CorpusSpec spec_;
  int count_ = 0;
};

TEST_F(CorpusTextTest, AnEffectThatUnitsShareIsToldAndOneThatTheyDoNotIsNot) {
  EXPECT_THAT(said({1.0, 1.1, 0.9, 1.0}),
              HasSubstr("hurts the right next token in 1 of 1 layer"));
  EXPECT_THAT(said({1.0, -1.1, 0.9, -1.0}),
              HasSubstr("hurts the right next token in 0 of 1 layer"));
}

TEST_F(CorpusTextTest, OneUnitHasNoTest) {
  const std::string text = said({1.0});
  EXPECT_THAT(text, HasSubstr("there is one unit (t0), and so no test"));
  EXPECT_THAT(text, Not(HasSubstr("counts once")));
}

TEST_F(CorpusTextTest, GroupsAreToldWhereAFieldNamesThem) {
  EXPECT_THAT(said({1.0, 1.1, 0.9, 1.0}), Not(HasSubstr("By group")));
  spec_.group = "kind";
  const std::string text = said({1.0, 1.1, 0.9});
  EXPECT_THAT(text, HasSubstr("By group: a (2 units): hurt in 1 of 1 layer"));
  EXPECT_THAT(text, HasSubstr("1 group of one unit has no test."));
}

TEST_F(CorpusTextTest, RepeatedAndLeftOutTextsAreTold) {
  EXPECT_THAT(said({1.0, 1.1}), Not(HasSubstr("word for word")));
  header_.repeated = 1;
  header_.skipped = {{"x.txt", "an empty text"}};
  const std::string text = said({1.0, 1.1});
  EXPECT_THAT(text, HasSubstr("1 text is the same, word for word,"));
  EXPECT_THAT(text,
              HasSubstr("1 text was left out; the first is x.txt: an empty "));
}

TEST_F(CorpusTextTest, TheBasisIsNamed) {
  EXPECT_THAT(said({1.0, 1.1}), HasSubstr("The basis is each window's own"));
  EXPECT_THAT(said({1.0, 1.1}), HasSubstr("each of the 2 texts counts once"));
  spec_.unit = "author";
  EXPECT_THAT(said({1.0, 1.1}),
              HasSubstr("each of the 2 units (author) counts once"));
}

}  // namespace
}  // namespace excise
