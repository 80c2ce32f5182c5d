#include "io/output_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <string>

#include "io/output_file.h"
#include "io/text_file.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

namespace fs = std::filesystem;

TEST(OutputPlace, LinksAreFollowed) {
  TemporaryFolder folder;
  const fs::path root = fs::canonical(folder.path());
  fs::create_directory(root / "real");
  fs::create_symlink("real", root / "link");
  fs::create_symlink("link", root / "second");
  fs::create_symlink("real/new", root / "dangling");
  EXPECT_EQ(*output_place(root / "second"), root / "real");
  EXPECT_EQ(*output_place(root / "link" / ""), root / "real");
  EXPECT_EQ(*output_place(root / "dangling"), root / "real" / "new");
  EXPECT_EQ(*output_place(root / "link" / "file"), root / "real" / "file");
  fs::create_symlink("b", root / "a");
  fs::create_symlink("a", root / "b");
  EXPECT_EQ(output_place(root / "a").error().code, ErrorCode::kBadInput);
}

TEST(OutputPlace, WhatIsNoFileIsRefused) {
  TemporaryFolder folder;
  const fs::path fifo = folder.path() / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  fs::create_symlink("fifo", folder.path() / "link");
  fs::create_symlink("/proc/self/fd/1", folder.path() / "stream");
  for (const fs::path& path :
       {fifo, folder.path() / "link", folder.path() / "stream",
        fs::path("/dev/stdout"), fs::path("/dev/null"), fs::path("/proc/x")}) {
    const auto place = output_place(path);
    ASSERT_FALSE(place) << path;
    EXPECT_EQ(place.error().code, ErrorCode::kBadInput);
  }
}

TEST(OutputPlace, InputsAreNotReplaced) {
  TemporaryFolder folder;
  const fs::path root = fs::canonical(folder.path());
  const fs::path text = folder.write("run/text.txt", "text");
  fs::create_hard_link(text, root / "same");
  const std::array inputs = {root / "run/text.txt"};
  const std::array inside = {root / "run"};
  EXPECT_FALSE(check_not_input(root / "same", inputs));
  EXPECT_FALSE(check_not_input(root / "run", inputs));
  EXPECT_FALSE(check_not_input(root / "run/text.txt", inside));
  EXPECT_TRUE(check_not_input(root / "run/new", inside));
  EXPECT_TRUE(check_not_input(root / "other", inputs));
}

TEST(OutputPlace, FilesAreWrittenThroughLinksAndKeptBesideOthers) {
  TemporaryFolder folder;
  fs::create_symlink("real.html", folder.path() / "link.html");
  ASSERT_TRUE(write_whole_file(folder.path() / "link.html", "page"));
  EXPECT_TRUE(fs::is_symlink(folder.path() / "link.html"));
  EXPECT_EQ(*read_text_file(folder.path() / "real.html"), "page");
  const Status late =
      write_whole_file(folder.path() / "real.html", "late", false);
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().message, testing::HasSubstr("real-2.html"));
  EXPECT_EQ(*read_text_file(folder.path() / "real.html"), "page");
  EXPECT_EQ(*read_text_file(folder.path() / "real-2.html"), "late");
}

TEST(FileName, IsOneNameWhateverTheText) {
  EXPECT_EQ(file_name("him-her"), "him-her");
  EXPECT_EQ(file_name("caf\xC3\xA9 (2)"), "caf\xC3\xA9 (2)");
  EXPECT_EQ(file_name("x/../../y"), "x-..-..-y");
  EXPECT_EQ(file_name(".."), "--");
  EXPECT_EQ(file_name("a\n\x1B[2J\xFF\xC2\x9B"), "a--[2J--");
  EXPECT_EQ(file_name(""), "unnamed");
  EXPECT_LE(file_name(std::string(5000, 'x')).size(), 100U);
}

}  // namespace
}  // namespace excise
