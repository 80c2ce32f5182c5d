// Journals with right checksums whose content no run writes: they are refused,
// or read as what they say, and nothing breaks.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "experiment/corpus/corpus_experiment.h"
#include "experiment/corpus/corpus_run.h"
#include "io/journal.h"
#include "io/output_folder.h"
#include "testing/bundled_model.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using nlohmann::ordered_json;
using Engine = std::mt19937_64;

size_t below(Engine& random, size_t count) { return random() % count; }

ordered_json any_value(Engine& random) {
  const std::vector<ordered_json> values = {nullptr,
                                            true,
                                            0,
                                            -1,
                                            1,
                                            1e300,
                                            0.5,
                                            uint64_t{1} << 62U,
                                            UINT64_MAX,
                                            "",
                                            "excise.corpus-experiment/1",
                                            ordered_json::array(),
                                            ordered_json::object(),
                                            ordered_json::array({1, 2, 3, 4})};
  return values[below(random, values.size())];
}

// One value somewhere is another, is gone, or is there twice.
void change(ordered_json& json, Engine& random) {
  ordered_json* at = &json;
  while (at->is_structured() && !at->empty() && below(random, 5) != 0) {
    auto child = at->begin();
    std::advance(child, below(random, at->size()));
    at = &*child;
  }
  if (at->is_array() && !at->empty() && below(random, 2) == 0) {
    if (below(random, 2) == 0) {
      at->erase(below(random, at->size()));
    } else {
      const ordered_json twice = at->back();
      at->push_back(twice);
    }
    return;
  }
  *at = any_value(random);
}

std::string changed(std::string_view header, Engine& random) {
  ordered_json json = ordered_json::parse(header);
  const size_t times = 1 + below(random, 2);
  for (size_t i = 0; i < times; ++i) change(json, random);
  return json.dump();
}

std::vector<std::byte> changed(std::span<const std::byte> content,
                               Engine& random) {
  std::vector<std::byte> bytes(content.begin(), content.end());
  switch (below(random, 3)) {
    case 0:
      bytes.resize(below(random, bytes.size()));
      break;
    case 1:
      bytes[below(random, bytes.size())] = std::byte(random() & 0xFFU);
      break;
    default: {
      const double values[] = {-1, 0, 1, 2, 0.5, 1e300, -1e300, 1e19};
      const double value = values[below(random, std::size(values))];
      const size_t place = below(random, bytes.size() / sizeof(value));
      std::memcpy(&bytes[place * sizeof(value)], &value, sizeof(value));
    }
  }
  return bytes;
}

TEST(HostileJournalTest, NothingBreaks) {
  TemporaryFolder folder;
  for (int i = 0; i < 3; ++i) {
    folder.write("texts/" + std::to_string(i) + ".txt",
                 "The dog did nothing in the night-time, said " +
                     std::to_string(i) + " of them.");
  }
  CorpusSpec spec;
  spec.model = "baker-7m";
  spec.texts = {(folder.path() / "texts").string()};
  spec.group = "folder";
  spec.layers = "5,11";
  spec.permutations = 10;
  spec.keep_tokens = true;
  spec.controls = {{Control::kNormMatched, 2}};
  const auto good = folder.path() / "good";
  const auto run = CorpusRun::prepare(baker(), spec, "baker-7m", "1", {});
  ASSERT_TRUE(run) << run.error().message;
  ASSERT_TRUE(run->measure(good, EarlierJournal::kRefuse, {}, {}));
  const auto journal = Journal::open(good);
  ASSERT_TRUE(journal);
  const auto record = journal->records().front();

  Engine random(1);
  size_t refused = 0;
  constexpr size_t kJournals = 400;
  for (size_t i = 0; i < kJournals; ++i) {
    const auto bad = folder.path() / "bad";
    const bool of_header = below(random, 2) == 0;
    {
      auto writer = JournalWriter::create(
          bad, of_header ? changed(journal->header(), random)
                         : std::string(journal->header()));
      ASSERT_TRUE(writer);
      ASSERT_TRUE(of_header ? writer->append(record.number, record.content)
                            : writer->append(record.number,
                                             changed(record.content, random)));
    }
    const auto corpus = read_corpus_journals({{bad}}, Progress());
    if (!corpus) {
      ++refused;
      EXPECT_NE(corpus.error().code, ErrorCode::kInternal)
          << corpus.error().message;
    } else {
      auto out = OutputFolder::create(folder.path() / "out", true);
      ASSERT_TRUE(out);
      EXPECT_TRUE(write_corpus(*out, *corpus));
    }
    std::filesystem::remove(bad);
  }
  EXPECT_GT(refused, kJournals / 4);
  EXPECT_LT(refused, kJournals);
}

}  // namespace
}  // namespace excise
