#include "experiment/task/task_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace excise {
namespace {

using testing::HasSubstr;

constexpr const char* kTask = "prompt\tanswer\nThe men\t were\n";

// A folder that has a task file and goes with the test.
class TaskSpecTest : public testing::Test {
 protected:
  TaskSpecTest()
      : folder_(std::filesystem::path(testing::TempDir()) / "task-spec") {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "here.tsv") << kTask;
  }
  ~TaskSpecTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(TaskSpecTest, IsTheSameAsAFileAndBack) {
  TaskSpec spec;
  spec.model = "baker-7m";
  spec.task = "tasks/facts.tsv";
  spec.task_fingerprint = "0123";
  spec.all_prompts = true;
  spec.source.corpus = "page.txt";
  spec.layers = "0,5";
  spec.remove = {1, 2};
  const std::string toml = task_spec_to_toml(spec);
  EXPECT_THAT(toml, HasSubstr("schema = \"excise.task-experiment/1\""));
  EXPECT_THAT(toml, HasSubstr("task = \"tasks/facts.tsv\""));
  const auto again = parse_task_spec(toml, "x.toml");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(task_spec_to_toml(*again), toml);
  EXPECT_TRUE(again->all_prompts);
  EXPECT_EQ(again->layers, "0,5");
  EXPECT_EQ(again->task_fingerprint, "0123");
}

TEST_F(TaskSpecTest, ATaskBesideTheExperimentIsFound) {
  const auto parsed = [&](const std::string& task) {
    return parse_task_spec("task = \"" + task + "\"\ncorpus = \"page.txt\"\n",
                           (folder_ / "experiment.toml").string())
        ->task;
  };
  EXPECT_EQ(parsed("here.tsv"), (folder_ / "here.tsv").string());
  EXPECT_EQ(parsed("elsewhere.tsv"), "elsewhere.tsv");
}

TEST_F(TaskSpecTest, StatesWhatItRead) {
  TaskSpec spec;
  spec.task = (folder_ / "here.tsv").string();
  auto file = read_task(spec);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->rows.size(), 1U);
  EXPECT_EQ(file->rows[0].answer, " were");
  EXPECT_EQ(read_task(spec)->rows.size(), 1U);
  std::ofstream(folder_ / "here.tsv") << kTask << "The man\t was\n";
  file = read_task(spec);
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr("task_fingerprint"));
  spec.task_fingerprint.clear();
  EXPECT_EQ(read_task(spec)->rows.size(), 2U);
  // What is given stands for the file.
  spec.task_fingerprint.clear();
  spec.task = "task.jsonl";
  spec.given = R"({"prompt": "It", "answer": " was"})";
  ASSERT_EQ(read_task(spec)->rows.size(), 1U);
  EXPECT_NE(spec.task_fingerprint, "");
}

TEST_F(TaskSpecTest, RefusesByName) {
  const auto refused = [](const std::string& toml) {
    const auto parsed = parse_task_spec(toml, "x.toml");
    return parsed ? "" : parsed.error().message;
  };
  EXPECT_EQ(refused("task = \"a.tsv\"\ncorpus = \"b.txt\"\n"), "");
  EXPECT_THAT(refused("corpus = \"b.txt\"\n"),
              HasSubstr("task: expected a file with prompts"));
  EXPECT_THAT(refused("task = \"a.tsv\"\n"),
              HasSubstr("the few tokens of each prompt itself"));
  EXPECT_THAT(refused("task = \"a.tsv\"\ntext = \"A text.\"\n"),
              HasSubstr("text"));
  EXPECT_THAT(refused("task = \"a.tsv\"\nall_prompt = true\n"),
              HasSubstr("all_prompts"));
}

}  // namespace
}  // namespace excise
