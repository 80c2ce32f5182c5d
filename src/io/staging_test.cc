#include "io/staging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "testing/temporary_folder.h"

namespace excise {
namespace {

namespace fs = std::filesystem;
using enum Staging::Kind;

class StagingTest : public testing::Test {
 protected:
  Staging create(Staging::Kind kind = kFolder) {
    auto made = Staging::create(folder_.path() / "run", kind);
    EXPECT_TRUE(made) << made.error().message();
    return std::move(*made);
  }

  TemporaryFolder folder_;
};

TEST_F(StagingTest, IsRemovedUnlessReleased) {
  for (const Staging::Kind kind : {kFile, kFolder}) {
    fs::path path;
    {
      const Staging staging = create(kind);
      path = staging.path();
      EXPECT_EQ(fs::is_directory(path), kind == kFolder);
      EXPECT_TRUE(fs::is_empty(path));
    }
    EXPECT_FALSE(fs::exists(path));
    {
      Staging staging = create(kind);
      path = staging.path();
      fs::rename(path, folder_.path() / "run");
      staging.release();
    }
    EXPECT_TRUE(fs::exists(folder_.path() / "run"));
    fs::remove(folder_.path() / "run");
  }
}

TEST_F(StagingTest, WhatTheDeadLeftIsRemoved) {
  folder_.write(".run.partial-excise-7/deep/results.json", "{}");
  folder_.write(".other.partial-excise-4294967295", "half");
  const Staging staging = create();
  EXPECT_FALSE(fs::exists(folder_.path() / ".run.partial-excise-7"));
  EXPECT_FALSE(fs::exists(folder_.path() / ".other.partial-excise-4294967295"));
  EXPECT_TRUE(fs::exists(staging.path()));
}

TEST_F(StagingTest, OtherNamesStay) {
  const std::vector<std::string> names = {
      "run.partial-excise-7",     ".run.partial-excise-",
      ".partial-excise-7",        ".run.partial-excise-7a",
      ".run.partial-7",           ".run.partial-excise-12345678901",
      ".run.partial-excise-7.bak"};
  for (const std::string& name : names) folder_.write(name, "");
  create();
  for (const std::string& name : names) {
    EXPECT_TRUE(fs::exists(folder_.path() / name)) << name;
  }
}

TEST_F(StagingTest, LinksAreNeitherFollowedNorRemoved) {
  folder_.write("precious/letter.txt", "keep me");
  const fs::path link = folder_.path() / ".run.partial-excise-7";
  fs::create_directory_symlink("precious", link);
  folder_.write(".run.partial-excise-8/a", "");
  fs::create_directory_symlink("../precious",
                               folder_.path() / ".run.partial-excise-8/link");
  create();
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_FALSE(fs::exists(folder_.path() / ".run.partial-excise-8"));
  EXPECT_TRUE(fs::exists(folder_.path() / "precious/letter.txt"));
}

TEST_F(StagingTest, TheLivingStayTheKilledGo) {
  int made[2];
  ASSERT_EQ(pipe(made), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto staging = Staging::create(folder_.path() / "run", kFolder);
    const std::string path = staging->path().string();
    std::ofstream(staging->path() / "half") << "half";
    (void)!write(made[1], path.data(), path.size());
    for (;;) pause();
  }
  char text[4096];
  const ssize_t length = read(made[0], text, sizeof text);
  ASSERT_GT(length, 0);
  const fs::path theirs(std::string(text, static_cast<size_t>(length)));
  {
    const Staging mine = create();
    EXPECT_TRUE(fs::exists(theirs / "half"));
    const Staging another = create(kFile);
    EXPECT_TRUE(fs::exists(mine.path()));
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(fs::exists(theirs));
  const Staging mine = create();
  EXPECT_FALSE(fs::exists(theirs));
  close(made[0]);
  close(made[1]);
}

// All of them clean up while the others create.
TEST_F(StagingTest, NobodyTakesWhatAnotherJustMade) {
  constexpr int kThreads = 4, kTimes = 100;
  std::atomic<int> lost{0};
  const auto make_many = [&](Staging::Kind kind) {
    for (int i = 0; i < kTimes; ++i) {
      auto made = Staging::create(folder_.path() / "run", kind);
      if (!made) {
        ++lost;
        continue;
      }
      const fs::path file =
          kind == kFolder ? made->path() / "part" : made->path();
      if (!(std::ofstream(file) << "part")) ++lost;
      std::this_thread::yield();
      if (!fs::exists(file)) ++lost;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back(make_many, t % 2 == 0 ? kFolder : kFile);
    }
  }
  EXPECT_EQ(lost, 0);
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

}  // namespace
}  // namespace excise
