// Text files, output files and output folders.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "io/fingerprint.h"
#include "io/output_folder.h"
#include "io/text_file.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

size_t entries(const fs::path& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), {}));
}

TEST(OutputFolderTest, AppearsOnlyWithCommit) {
  TemporaryFolder folder;
  const fs::path target = folder.path() / "deep" / "run";
  {
    auto output = OutputFolder::create(target, false);
    ASSERT_TRUE(output) << output.error().message;
    ASSERT_TRUE(output->write_text("results.json", "{}"));
    EXPECT_FALSE(fs::exists(target));
  }
  EXPECT_EQ(entries(folder.path() / "deep"), 0U);
  {
    auto output = OutputFolder::create(target, false);
    ASSERT_TRUE(output->write_text("results.json", "{}"));
    ASSERT_TRUE(output->commit());
  }
  EXPECT_EQ(*read_text_file(target / "results.json"), "{}");
  EXPECT_EQ(entries(folder.path() / "deep"), 1U);
}

TEST(OutputFolderTest, ReplacesOnlyAnEarlierResult) {
  TemporaryFolder folder;
  constexpr const char* kOld = R"({"schema": "excise.results/1"})";
  folder.write("run/results.json", kOld);
  const auto refused = OutputFolder::create(folder.path() / "run", false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(refused.error().message, HasSubstr("--force"));
  {
    auto output = OutputFolder::create(folder.path() / "run", true);
    ASSERT_TRUE(output);
    ASSERT_TRUE(output->write_text("results.json", "new"));
    EXPECT_EQ(*read_text_file(folder.path() / "run/results.json"), kOld);
    ASSERT_TRUE(output->commit());
  }
  EXPECT_EQ(*read_text_file(folder.path() / "run/results.json"), "new");
  EXPECT_EQ(entries(folder.path()), 1U);

  folder.write("precious/letter.txt", "keep me");
  const auto precious = OutputFolder::create(folder.path() / "precious", true);
  ASSERT_FALSE(precious);
  EXPECT_EQ(precious.error().code, ErrorCode::kBadInput);
}

TEST(OutputFolderTest, AFileAsParentIsAnIoError) {
  TemporaryFolder folder;
  folder.write("file", "");
  const auto output = OutputFolder::create(folder.path() / "file/run", false);
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, ErrorCode::kIo);
}

TEST(TextFileTest, ReadsUpToItsLimit) {
  TemporaryFolder folder;
  const fs::path file = folder.write("a.txt", std::string(100000, 'x'));
  EXPECT_EQ(read_text_file(file)->size(), 100000U);
  EXPECT_EQ(read_text_file(file, 99999).error().code, ErrorCode::kBadFile);
  EXPECT_EQ(read_text_file(folder.path()).error().code, ErrorCode::kBadFile);
  EXPECT_EQ(read_text_file(folder.path() / "b.txt").error().code,
            ErrorCode::kIo);
}

// Without waiting for somebody to write.
TEST(TextFileTest, AFifoThatNobodyWritesToIsRefused) {
  TemporaryFolder folder;
  const fs::path fifo = folder.path() / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(read_text_file(fifo).error().code, ErrorCode::kIo);
  // A pipe with a text, as of a process substitution, is read to its end.
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "text", 4), 4);
  close(ends[1]);
  EXPECT_EQ(*read_text_file("/dev/fd/" + std::to_string(ends[0])), "text");
  close(ends[0]);
}

TEST(TextFileTest, InvalidUtf8IsFoundAtItsOffset) {
  EXPECT_FALSE(
      first_invalid_utf8("plain, \xC3\xA9, \xE2\x82\xAC, \xF0\x9F\x98\x80"));
  EXPECT_EQ(first_invalid_utf8("ab\xFF"), 2U);
  EXPECT_EQ(first_invalid_utf8("\xC3"), 0U);              // cut short
  EXPECT_EQ(first_invalid_utf8("a\xC0\x80"), 1U);         // overlong
  EXPECT_EQ(first_invalid_utf8("\xED\xA0\x80"), 0U);      // surrogate
  EXPECT_EQ(first_invalid_utf8("\xF4\x90\x80\x80"), 0U);  // above U+10FFFF
  EXPECT_EQ(first_invalid_utf8("\xE2\x28\xA1"), 0U);
}

TEST(FingerprintTest, IsFnv1a) {
  // Published test vectors.
  EXPECT_EQ(Fingerprint().hex(), "cbf29ce484222325");
  Fingerprint print;
  print.add("foobar");
  EXPECT_EQ(print.hex(), "85944171f73967e8");
}

}  // namespace
}  // namespace excise
