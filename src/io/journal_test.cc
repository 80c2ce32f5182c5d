#include "io/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "testing/temporary_folder.h"

namespace excise {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class JournalTest : public ::testing::Test {
 protected:
  void write(std::initializer_list<std::string_view> records) {
    auto writer = std::filesystem::exists(path_)
                      ? JournalWriter::go_on(path_)
                      : JournalWriter::create(path_, "whose records");
    ASSERT_TRUE(writer) << writer.error().message;
    for (const std::string_view record : records)
      ASSERT_TRUE(writer->append(record.size(), bytes_of(record)));
  }
  std::vector<std::string> read() const {
    const auto journal = Journal::open(path_);
    std::vector<std::string> records;
    if (!journal) return records;
    for (const auto& record : journal->records()) {
      EXPECT_EQ(record.number, record.content.size());
      records.push_back(text_of(record.content));
    }
    return records;
  }
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "a.journal";
};

TEST_F(JournalTest, GivesBackWhatWasWrittenInItsOrder) {
  write({"one", "", "three and more than eight bytes"});
  EXPECT_EQ(Journal::open(path_)->header(), "whose records");
  EXPECT_THAT(read(), testing::ElementsAre("one", "",
                                           "three and more than eight bytes"));
  write({"four"});
  EXPECT_EQ(read().size(), 4U);
}

// A record may be cut at any byte: what is before it stays, and what follows is
// written where it ended.
TEST_F(JournalTest, ATailThatIsTornAtAnyByteIsCutOff) {
  write({"first record"});
  const size_t whole = std::filesystem::file_size(path_);
  write({"second record"});
  const size_t all = std::filesystem::file_size(path_);
  for (size_t size = whole; size < all; ++size) {
    std::filesystem::resize_file(path_, size);
    EXPECT_THAT(read(), testing::ElementsAre("first record")) << size;
    EXPECT_EQ(Journal::open(path_)->torn_bytes(), size - whole);
    write({"again"});
    EXPECT_THAT(read(), testing::ElementsAre("first record", "again")) << size;
    std::filesystem::resize_file(path_, whole);
    write({"second record"});
  }
}

TEST_F(JournalTest, ADamagedRecordEndsWhatIsRead) {
  write({"first record", "second record", "third record"});
  std::string content(std::filesystem::file_size(path_), '\0');
  std::ifstream(path_, std::ios::binary)
      .read(content.data(), static_cast<std::streamsize>(content.size()));
  for (size_t at = content.find("second"); at < content.find("third"); ++at) {
    std::string damaged = content;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    std::ofstream(path_, std::ios::binary) << damaged;
    EXPECT_EQ(read().front(), "first record");
    EXPECT_LE(read().size(), 2U) << at;
  }
}

TEST_F(JournalTest, AnotherFileIsNoJournal) {
  std::ofstream(path_) << "EXCJRNL1 and then something else that is long";
  const auto journal = Journal::open(path_);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::kBadFile);
  EXPECT_THAT(journal.error().message, testing::HasSubstr("damaged beginning"));
}

TEST_F(JournalTest, ASizeThatNoFileHasIsNotBelieved) {
  write({"first record"});
  std::ofstream file(path_, std::ios::binary | std::ios::app);
  file << "EXCRCRD1" << std::string(8, '\1') << std::string(8, '\xFF')
       << std::string(64, 'x');
  file.close();
  EXPECT_THAT(read(), testing::ElementsAre("first record"));
}

TEST_F(JournalTest, TwoWritersAreOneTooMany) {
  const auto writer = JournalWriter::create(path_, "header");
  ASSERT_TRUE(writer);
  const auto other = JournalWriter::go_on(path_);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message,
              testing::HasSubstr("that a run is writing now"));
}

TEST_F(JournalTest, NothingIsWrittenOver) {
  write({"first record"});
  const auto writer = JournalWriter::create(path_, "header");
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(read(), testing::ElementsAre("first record"));
}

// A limit of the file size is met as a full disk is.
TEST_F(JournalTest, AFullDiskLosesOnlyTheRecordAtHand) {
  write({"first record"});
  auto writer = JournalWriter::go_on(path_);
  ASSERT_TRUE(writer);
  struct rlimit before {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const struct rlimit small {
    std::filesystem::file_size(path_) + 40, before.rlim_max
  };
  signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status status = writer->append(1, bytes_of(std::string(100, 'x')));
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_DFL);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
  ASSERT_TRUE(writer->append(4, bytes_of("next")));
  EXPECT_THAT(read(), testing::ElementsAre("first record", "next"));
}

}  // namespace
}  // namespace excise
