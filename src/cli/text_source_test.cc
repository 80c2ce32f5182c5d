#include "cli/text_source.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace excise {
namespace {

class ReadText : public testing::Test {
 protected:
  Result<std::string> read(const std::string& content) {
    std::ofstream(path_, std::ios::binary) << content;
    return read_text(path_);
  }
  void TearDown() override { std::filesystem::remove(path_); }

  std::string path_ =
      testing::TempDir() + "excise_read_text_" +
      testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(ReadText, LeavesOutOneNewlineAtTheEnd) {
  EXPECT_EQ(read("a\n\nb").value(), "a\n\nb");
  EXPECT_EQ(read("a\n").value(), "a");
  EXPECT_EQ(read("a\r\n").value(), "a");
  EXPECT_EQ(read("a\n\n").value(), "a\n");
  EXPECT_EQ(read("a\r").value(), "a\r");
}

TEST_F(ReadText, RefusesNothingAndTooMuch) {
  EXPECT_EQ(read("").error().code, ErrorCode::kBadInput);
  EXPECT_EQ(read("\n").error().code, ErrorCode::kBadInput);
  EXPECT_EQ(read_text("/dev/zero").error().code, ErrorCode::kBadFile);
  EXPECT_EQ(read_text("/nonexistent/text").error().code, ErrorCode::kIo);
  EXPECT_EQ(read_text("/").error().code, ErrorCode::kBadFile);
}

TEST(TextFileNames, FollowTheOptionOrAreStandardInput) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(text_file_names({"a"}, {"b", "-"}, "fit").value(),
            (Names{"a", "b", "-"}));
  EXPECT_EQ(text_file_names({}, {"-"}, "fit").value(), Names{"-"});
  EXPECT_EQ(text_file_names({}, {}, "fit").value(), Names{});
  for (const Names& arguments : {Names{"b"}, Names{"-", "b"}}) {
    const auto refused = text_file_names({}, arguments, "fit");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
    EXPECT_TRUE(refused.error().message.starts_with("[fit] second argument"));
  }
}

}  // namespace
}  // namespace excise
