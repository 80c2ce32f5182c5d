#include "io/toml_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace excise {
namespace {

using testing::HasSubstr;

struct Everything {
  std::string text = "say \"x\"\n\xe8\x8c\xb6", empty;
  bool flag = true;
  double number = 0.1, whole = 3;
  uint64_t count = 7;
  int id = 5;
  std::optional<uint64_t> layer = 2, none;
  std::vector<int> ids = {1, 2};
  std::vector<double> grid = {0.5, 1};
  std::vector<uint64_t> places = {3, 0};
  std::vector<std::string> list = {"a", "b"};

  bool operator==(const Everything&) const = default;
  std::vector<TomlKey> keys() {
    return {{"text", &text},     {"empty", &empty}, {"flag", &flag},
            {"number", &number}, {"whole", &whole}, {"count", &count},
            {"id", &id},         {"layer", &layer}, {"none", &none},
            {"ids", &ids},       {"grid", &grid},   {"places", &places},
            {"list", &list}};
  }
};

Everything blank() {
  Everything record;
  record.text = "";
  record.flag = false;
  record.number = record.whole = 0;
  record.count = 0;
  record.id = 0;
  record.layer.reset();
  record.ids = {};
  record.grid = {};
  record.places = {};
  record.list = {};
  return record;
}

std::string refused(std::string_view toml) {
  Everything record;
  const Status status = read_toml(toml, "file", "excise.test/1", record.keys());
  EXPECT_FALSE(status) << toml;
  return status ? "" : status.error().message;
}

TEST(TomlRecord, ReadsWhatItWrote) {
  Everything record;
  const std::string toml = write_toml("excise.test/1", record.keys());
  EXPECT_THAT(toml, HasSubstr("whole = 3.0\n"));
  EXPECT_EQ(toml.find("empty"), std::string::npos);
  EXPECT_EQ(toml.find("none"), std::string::npos);
  EXPECT_EQ(toml_schema(toml), "excise.test/1");
  Everything again = blank();
  const Status status = read_toml(toml, "file", "excise.test/1", again.keys());
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(again, record);
}

TEST(TomlRecord, NamesTheKeyOfWhatNoParserWouldRead) {
  EXPECT_TRUE(check_toml_text("a = \"\u00E9\"\n"));
  const Status status = check_toml_text("a = \"x\"\nmodel = \"b\xFF\"\n");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(status.error().message, HasSubstr("model: expected UTF-8"));
}

TEST(TomlRecord, KeepsWhatIsNotNamed) {
  Everything record;
  ASSERT_TRUE(read_toml("count = 9", "file", "excise.test/1", record.keys()));
  EXPECT_EQ(record.count, 9);
  EXPECT_EQ(record.id, 5);
}

// Values that stand otherwise in the file.
TEST(TomlRecord, ReadsAndWritesByFunctions) {
  std::vector<std::string> texts = {"one"};
  std::variant<std::vector<uint64_t>, std::string> steps = "each:0-3";
  std::vector<std::pair<std::string, uint64_t>> counts = {{"a-b", 2}};
  const std::vector<TomlKey> keys = {
      {"texts", TomlTexts{[&] { return texts; },
                          [&](const std::vector<std::string>& read) {
                            texts = read;
                            return texts.empty() ? "texts" : "";
                          }}},
      {"steps", TomlNumbersOrText{[&] { return steps; },
                                  [&](const auto& read) {
                                    steps = read;
                                    return "";
                                  }}},
      {"counts", TomlCounts{[&] { return counts; },
                            [&](const auto& read) {
                              counts = read;
                              return "";
                            }}}};
  EXPECT_EQ(write_toml("excise.test/1", keys),
            "schema = \"excise.test/1\"\ntexts = \"one\"\n"
            "steps = \"each:0-3\"\ncounts = {a-b = 2}\n");
  ASSERT_TRUE(read_toml("texts = ['x', 'y']\nsteps = [4, 2]\ncounts = {c = 1}",
                        "file", "excise.test/1", keys));
  EXPECT_EQ(write_toml("excise.test/1", keys),
            "schema = \"excise.test/1\"\ntexts = [\"x\", \"y\"]\n"
            "steps = [4, 2]\ncounts = {c = 1}\n");
  const Status wrong = read_toml("texts = 3", "file", "excise.test/1", keys);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("expected texts, got 3"));
}

TEST(TomlRecord, NamesWhatIsWrong) {
  EXPECT_THAT(refused("a = "), HasSubstr("line 1"));
  EXPECT_THAT(refused("\ncuont = 1"), HasSubstr("did you mean count"));
  EXPECT_THAT(refused("schema = \"excise.other/1\""),
              HasSubstr("\"excise.test/1\""));
  EXPECT_THAT(refused("count = -1"), HasSubstr("an integer from 0"));
  EXPECT_THAT(refused("count = \"x\""), HasSubstr("an integer from 0"));
  EXPECT_THAT(refused("id = 3000000000"), HasSubstr("2147483647"));
  EXPECT_THAT(refused("flag = 1"), HasSubstr("true or false"));
  EXPECT_THAT(refused("number = \"1\""), HasSubstr("a number"));
  EXPECT_THAT(refused("ids = [1, \"b\"]"), HasSubstr("each element"));
  EXPECT_THAT(refused("list = \"a\""), HasSubstr("a list"));
  EXPECT_THAT(refused("ids = []"), HasSubstr("at least one"));
  EXPECT_EQ(toml_schema("a = "), std::nullopt);
}

}  // namespace
}  // namespace excise
