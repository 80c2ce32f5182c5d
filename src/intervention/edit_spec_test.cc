#include "intervention/edit_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kStart =
    "schema = \"excise.edit/1\"\nhook = \"blocks.5.mlp.hook_pre\"\n"
    "basis = \"b.safetensors\"\n";

Result<EditSpec> parse(std::string_view rest) {
  return parse_edit(std::string(kStart) + std::string(rest), "e.toml",
                    "folder");
}

TEST(EditSpecTest, DefaultsRemoveTheWholeBasisEverywhere) {
  const auto edit = parse("");
  ASSERT_TRUE(edit) << edit.error().message;
  EXPECT_EQ(edit->hook, "blocks.5.mlp.hook_pre");
  EXPECT_EQ(edit->basis, "folder/b.safetensors");
  EXPECT_THAT(edit->components, IsEmpty());
  EXPECT_EQ(edit->action, EditAction::kRemove);
  EXPECT_EQ(edit->strength, 1);
  EXPECT_TRUE(edit->positions.all());
  const auto absolute =
      parse_edit("schema = \"excise.edit/1\"\nhook = \"h\"\nbasis = \"/b\"",
                 "e", "folder");
  EXPECT_EQ(absolute->basis, "/b");
}

TEST(EditSpecTest, ReadsEveryKeyAndWritesItAgain) {
  const auto edit = parse(
      "components = [4, 2]\naction = \"add\"\nstrength = -2.5\nclass = 1\n"
      "positions = \"1-\"\n");
  ASSERT_TRUE(edit) << edit.error().message;
  const auto again = parse_edit(edit_to_toml(*edit), "again", "");
  ASSERT_TRUE(again) << again.error().message;
  for (const EditSpec& one : {*edit, *again}) {
    EXPECT_THAT(one.components, ElementsAre(2, 4));
    EXPECT_EQ(one.action, EditAction::kAdd);
    EXPECT_EQ(one.strength, -2.5);
    EXPECT_EQ(one.from_class, 1U);
    EXPECT_EQ(one.positions.text(), "1-");
    EXPECT_EQ(one.basis, "folder/b.safetensors");
  }
}

TEST(EditSpecTest, NamesWhatIsWrong) {
  const auto error_of = [](std::string_view rest) {
    const auto edit = parse(rest);
    return edit ? std::string("accepted") : edit.error().message;
  };
  EXPECT_THAT(error_of("strenght = 1"), HasSubstr("did you mean strength?"));
  EXPECT_THAT(error_of("strength = \"1\""), HasSubstr("line 4: strength"));
  EXPECT_THAT(error_of("strength = nan"), HasSubstr("finite"));
  EXPECT_THAT(error_of("components = [-1]"), HasSubstr("components"));
  EXPECT_THAT(error_of("components = [1, 1]"), HasSubstr("each once"));
  EXPECT_THAT(error_of("action = \"off\""), HasSubstr("remove or add"));
  EXPECT_THAT(error_of("action = \"removee\""),
              HasSubstr("did you mean remove?"));
  EXPECT_THAT(error_of("positions = 3"), HasSubstr("positions"));
  EXPECT_THAT(error_of("positions = \"3-1\""), HasSubstr("positions"));
  EXPECT_THAT(error_of("hook = \"again\""), HasSubstr("line 4"));
  const auto whole = [](std::string_view toml) {
    return parse_edit(toml, "e.toml", "").error().message;
  };
  EXPECT_THAT(whole("hook = \"x\"\nbasis = \"b\""), HasSubstr("schema"));
  EXPECT_THAT(whole("schema = \"excise.edit/2\""), HasSubstr("excise.edit/1"));
  EXPECT_THAT(whole("schema = \"excise.edit/1\"\nhook = \"x\""),
              HasSubstr("basis"));
}

TEST(PositionsTest, RangesAndLists) {
  const auto positions = *Positions::parse("0,3-5,9-");
  std::vector<size_t> found;
  for (size_t i = 0; i < 12; ++i) {
    if (positions.contains(i)) found.push_back(i);
  }
  EXPECT_THAT(found, ElementsAre(0, 3, 4, 5, 9, 10, 11));
  EXPECT_EQ(positions.text(), "0,3-5,9-");
  EXPECT_TRUE(Positions::parse("all")->contains(7));
  EXPECT_EQ(Positions::parse(" 1 - 2, 4-")->text(), "1-2,4-");
  for (const char* bad :
       {"", "x", "1,", "-1", "5-3", "1--", "99999999999999999999", "1 2", "0,0",
        "1-,3", "2-5,5"}) {
    EXPECT_FALSE(Positions::parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace excise
