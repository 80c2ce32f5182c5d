#include "io/own_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/output_folder.h"
#include "io/text_file.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kOld = R"({"schema": "excise.results/1"})";

TEST(OwnFiles, OlderFoldersByTheirSchema) {
  TemporaryFolder folder;
  folder.write("run/results.json", kOld);
  folder.write("run/layers.csv", "");
  folder.write("run/.report.html.partial-excise-7", "half");
  EXPECT_THAT(*foreign_files(folder.path() / "run"), IsEmpty());
  folder.write("run/notes.txt", "");
  folder.write("run/figures/a.svg", "");
  EXPECT_THAT(*foreign_files(folder.path() / "run"),
              ElementsAre("figures", "notes.txt"));
}

TEST(OwnFiles, TheListOfTheManifestDecides) {
  TemporaryFolder folder;
  folder.write("run/results.json", R"({"schema": "excise.results/2",
      "manifest": {"files": ["layers.csv"]}})");
  folder.write("run/layers.csv", "");
  folder.write("run/basis.safetensors", "a person's");
  EXPECT_THAT(*foreign_files(folder.path() / "run"),
              ElementsAre("basis.safetensors"));
}

TEST(OwnFiles, OthersAreNoResult) {
  TemporaryFolder folder;
  for (const char* json : {"{}", "[", R"({"schema": "other/1"})",
                           R"({"schema": 3})", R"({"results": []})"}) {
    folder.write("run/results.json", json);
    EXPECT_FALSE(foreign_files(folder.path() / "run")) << json;
  }
}

TEST(OwnFiles, AFolderWithMoreIsRefusedByName) {
  TemporaryFolder folder;
  folder.write("run/results.json", kOld);
  folder.write("run/notes.txt", "mine");
  const auto refused = OutputFolder::create(folder.path() / "run", true);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("notes.txt"));
}

// What came there during the run stays, and so does what was computed.
TEST(OwnFiles, ASwappedFolderStaysAndTheResultIsKeptBeside) {
  TemporaryFolder folder;
  folder.write("run/results.json", kOld);
  auto output = OutputFolder::create(folder.path() / "run", true);
  ASSERT_TRUE(output);
  ASSERT_TRUE(output->write_text("results.json", "new"));
  folder.write("run/notes.txt", "mine");
  const Status done = output->commit();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message,
              AllOf(HasSubstr("notes.txt"), HasSubstr("run-2")));
  EXPECT_EQ(*read_text_file(folder.path() / "run/notes.txt"), "mine");
  EXPECT_EQ(*read_text_file(folder.path() / "run/results.json"), kOld);
  EXPECT_EQ(*read_text_file(folder.path() / "run-2/results.json"), "new");
}

TEST(OwnFiles, TheLaterOfTwoRunsIsKeptBeside) {
  TemporaryFolder folder;
  auto first = OutputFolder::create(folder.path() / "run", false);
  auto second = OutputFolder::create(folder.path() / "run", false);
  ASSERT_TRUE(first->write_text("results.json", "first"));
  ASSERT_TRUE(second->write_text("results.json", "second"));
  ASSERT_TRUE(first->commit());
  const Status late = second->commit();
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().message, HasSubstr("run-2"));
  EXPECT_EQ(*read_text_file(folder.path() / "run/results.json"), "first");
  EXPECT_EQ(*read_text_file(folder.path() / "run-2/results.json"), "second");
}

TEST(OwnFiles, ALinkToAnEmptyFolderIsFilled) {
  TemporaryFolder folder;
  fs::create_directory(folder.path() / "real");
  fs::create_directory_symlink("real", folder.path() / "run");
  auto output = OutputFolder::create(folder.path() / "run", false);
  ASSERT_TRUE(output);
  ASSERT_TRUE(output->write_text("results.json", "new"));
  ASSERT_TRUE(output->commit());
  EXPECT_TRUE(fs::is_symlink(folder.path() / "run"));
  EXPECT_EQ(*read_text_file(folder.path() / "real/results.json"), "new");
}

}  // namespace
}  // namespace excise
