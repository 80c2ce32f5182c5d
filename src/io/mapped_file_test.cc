#include "io/mapped_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <thread>
#include <vector>

#include "testing/temporary_folder.h"

namespace excise {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr size_t kPage = 4096;

class MappedFileTest : public testing::Test {
 protected:
  // `pages` pages of 'x', mapped.
  MappedFile open(size_t pages) {
    file_ = folder_.write("model", std::string(pages * kPage, 'x'));
    return std::move(MappedFile::open(file_).value());
  }

  static void expect_changed(const MappedFile& mapped) {
    const Status status = mapped.check_unchanged();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kIo);
    EXPECT_THAT(status.error().message,
                HasSubstr("model: the file changed while it was read"));
  }

  static size_t count_x(const MappedFile& mapped) {
    return static_cast<size_t>(std::count(mapped.bytes().begin(),
                                          mapped.bytes().end(),
                                          static_cast<std::byte>('x')));
  }

  TemporaryFolder folder_;
  fs::path file_;
};

TEST_F(MappedFileTest, AFileThatStaysIsUnchanged) {
  const MappedFile mapped = open(3);
  EXPECT_TRUE(mapped.check_unchanged());
  EXPECT_EQ(count_x(mapped), 3 * kPage);
  EXPECT_TRUE(mapped.check_unchanged());
}

TEST_F(MappedFileTest, PagesThatAreGoneReadAsZero) {
  const MappedFile mapped = open(5);
  fs::resize_file(file_, 2 * kPage);
  EXPECT_EQ(count_x(mapped), 2 * kPage);
  expect_changed(mapped);
  // Growing it again does not bring back what was there.
  fs::resize_file(file_, 5 * kPage);
  EXPECT_EQ(count_x(mapped), 2 * kPage);
  expect_changed(mapped);
}

TEST_F(MappedFileTest, ThreadsMayAllComeUponThem) {
  constexpr size_t kPages = 64;
  const MappedFile mapped = open(kPages);
  fs::resize_file(file_, 0);
  std::vector<size_t> counts(8, 1);
  {
    std::vector<std::jthread> threads;
    for (size_t& count : counts) {
      threads.emplace_back([&] { count = count_x(mapped); });
    }
  }
  EXPECT_THAT(counts, testing::Each(0U));
  expect_changed(mapped);
}

// The system gives zeros behind the end in the last page, and no signal.
TEST_F(MappedFileTest, ShortenedWithinAPageIsNoticed) {
  const MappedFile mapped = open(1);
  fs::resize_file(file_, kPage - 1);
  EXPECT_EQ(count_x(mapped), kPage - 1);
  expect_changed(mapped);
}

TEST_F(MappedFileTest, RewrittenInPlaceIsNoticed) {
  const MappedFile mapped = open(1);
  usleep(20'000);  // the clock of file times ticks every few milliseconds
  folder_.write("model", std::string(kPage, 'y'));
  expect_changed(mapped);
}

TEST_F(MappedFileTest, ReplacedByRenamingStaysAsItWas) {
  const MappedFile mapped = open(2);
  fs::rename(folder_.write("other", "short"), file_);
  EXPECT_EQ(count_x(mapped), 2 * kPage);
  EXPECT_TRUE(mapped.check_unchanged());
}

TEST_F(MappedFileTest, EachFileAnswersForItself) {
  { const MappedFile closed = open(2); }  // whose slot is used again
  const MappedFile mapped = open(2);
  const fs::path second = folder_.write("second", std::string(2 * kPage, 'x'));
  {
    MappedFile other = std::move(MappedFile::open(second).value());
    fs::resize_file(second, 0);
    EXPECT_EQ(count_x(other), 0U);
    EXPECT_FALSE(other.check_unchanged());
  }
  EXPECT_TRUE(mapped.check_unchanged());
  EXPECT_EQ(count_x(mapped), 2 * kPage);
}

TEST_F(MappedFileTest, MovesWithItsWatch) {
  MappedFile first = open(3);
  const MappedFile moved = std::move(first);
  fs::resize_file(file_, 0);
  EXPECT_EQ(count_x(moved), 0U);
  expect_changed(moved);
}

// A mapping that is nobody's business here.
class ForeignPage {
 public:
  explicit ForeignPage(const fs::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY);
    memory_ = static_cast<const volatile char*>(
        mmap(nullptr, kPage, PROT_READ, MAP_PRIVATE, descriptor, 0));
    ::close(descriptor);
  }
  char read() const { return *memory_; }

 private:
  const volatile char* memory_;
};

using BusErrorDeathTest = MappedFileTest;

void exit_with_42(int) { _exit(42); }

TEST_F(BusErrorDeathTest, OthersPagesEndTheProcessAsBefore) {
  const ForeignPage page(folder_.write("foreign", std::string(kPage, 'x')));
  fs::resize_file(folder_.path() / "foreign", 0);
  // In front of the system's own handling, also where a sanitizer has one.
  const auto watched = [&](const auto& act) {
    signal(SIGBUS, SIG_DFL);
    const MappedFile mapped = open(1);
    act();
  };
  EXPECT_EXIT(watched([&] { page.read(); }), testing::KilledBySignal(SIGBUS),
              "");
  EXPECT_EXIT(watched([] { raise(SIGBUS); }), testing::KilledBySignal(SIGBUS),
              "");
}

TEST_F(BusErrorDeathTest, OthersPagesGoToTheEarlierHandler) {
  const ForeignPage page(folder_.write("foreign", std::string(kPage, 'x')));
  fs::resize_file(folder_.path() / "foreign", 0);
  const auto fault = [&] {
    signal(SIGBUS, exit_with_42);
    const MappedFile mapped = open(2);
    fs::resize_file(file_, 0);
    if (count_x(mapped) == 0) page.read();
  };
  EXPECT_EXIT(fault(), testing::ExitedWithCode(42), "");
  const auto sent = [&] {
    signal(SIGBUS, exit_with_42);
    const MappedFile mapped = open(2);
    raise(SIGBUS);
  };
  EXPECT_EXIT(sent(), testing::ExitedWithCode(42), "");
}

struct sigaction in_front;
void back_to_the_earlier(int number) {
  sigaction(number, &in_front, nullptr);
  raise(number);
}

// As Python's faulthandler does: put in front of this one, and handing on.
TEST_F(BusErrorDeathTest, AHandlerInFrontIsSteppedOverAndNoCircle) {
  const ForeignPage page(folder_.write("foreign", std::string(kPage, 'x')));
  fs::resize_file(folder_.path() / "foreign", 0);
  const auto fault = [&] {
    const MappedFile mapped = open(2);
    struct sigaction action = {};
    action.sa_handler = back_to_the_earlier;
    action.sa_flags = SA_NODEFER;
    sigaction(SIGBUS, &action, &in_front);
    if (!mapped.check_unchanged()) _exit(1);
    fs::resize_file(file_, 0);
    if (count_x(mapped) != 0) _exit(2);
    page.read();
  };
  EXPECT_EXIT(fault(), testing::KilledBySignal(SIGBUS), "");
}

}  // namespace
}  // namespace excise
