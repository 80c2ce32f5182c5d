// Scores of prompts with answers and foils, and with answers alone, that share
// passes, against PyTorch in double precision, one prompt at a time: what
// make_tasks.py wrote.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "experiment/task/task_scores.h"
#include "io/safetensors.h"
#include "model/model.h"

namespace excise {
namespace {

// mlp.hook_post times KEPT of make_parts.py.
Result<EditText> multiply(std::span<const std::vector<int>>) {
  return EditText([](size_t, size_t, MatrixView<const float> value,
                     std::span<const Branch> branches,
                     std::span<const MatrixView<float>> deltas) -> Status {
    constexpr float kKept = -0.5F;
    for (size_t b = 0; b < branches.size(); ++b) {
      for (size_t t = 0; t < value.rows(); ++t) {
        for (size_t j = 0; j < value.cols(); ++j)
          deltas[b](t, j) = (kKept - 1) * value(t, j);
      }
    }
    return {};
  });
}

class FamilyTaskTest : public testing::TestWithParam<const char*> {};

TEST_P(FamilyTaskTest, PromptsTogetherAreThoseOfPyTorchAlone) {
  const auto folder = std::filesystem::path(EXCISE_FAMILIES_TESTS_DIR) /
                      "references" / GetParam();
  const auto model = Model::open(folder);
  ASSERT_TRUE(model) << model.error().message;
  const auto file = TensorFile::open(folder / "task.safetensors");
  ASSERT_TRUE(file) << file.error().message;
  const auto values = [&](const std::string& name) {
    const auto tensor = (*file->get(name))->to_double();
    return std::vector<double>(tensor->values().begin(),
                               tensor->values().end());
  };
  const auto ids = [&](const std::string& name) {
    const std::vector<double> numbers = values(name);
    return std::vector<int>(numbers.begin(), numbers.end());
  };
  std::vector<TaskPrompt> prompts;
  for (size_t i = 0; file->get("prompt." + std::to_string(i)); ++i) {
    const std::string number = "." + std::to_string(i);
    prompts.push_back({.row = i,
                       .prompt = ids("prompt" + number),
                       .answer = ids("answer" + number)});
    if (file->get("foil" + number)) prompts[i].foil = ids("foil" + number);
  }
  std::vector<Branch> branches;
  for (size_t l = 0; l < model->config.n_layers; ++l)
    branches.push_back({.layer = l, .hook = HookPoint::kMlpPost});
  BranchAudit audit;
  const auto scores =
      score_task(*model, prompts, branches, multiply, RunOptions{}, {}, audit);
  ASSERT_TRUE(scores) << scores.error().message;
  const double limit = std::max(1e-5, values("limit")[0]);
  size_t greedy = 0;
  const auto expect_near = [&](const TaskScore& score,
                               const std::string& name) {
    SCOPED_TRACE(name);
    const std::vector<double> want = values(name);
    EXPECT_NEAR(score.answer, want[0], limit);
    ASSERT_EQ(score.foil.has_value(), want.size() == 2);
    if (score.foil) {
      EXPECT_NEAR(*score.foil, want[1], limit);
    } else {
      EXPECT_EQ(score.solved(), values("greedy_" + name)[0] == 1);
      greedy += score.solved() ? 1 : 0;
    }
  };
  double largest = 0;
  for (size_t i = 0; i < prompts.size(); ++i) {
    const std::string number = "." + std::to_string(i);
    expect_near(scores->clean[i], "clean" + number);
    for (size_t l = 0; l < branches.size(); ++l) {
      expect_near(scores->edited[l][i], "edited." + std::to_string(l) + number);
      largest = std::max(largest, std::abs(scores->clean[i].metric() -
                                           scores->edited[l][i].metric()));
    }
  }
  EXPECT_GT(largest, 100 * limit);
  // Each run decodes one of the answers to each of two prompts.
  EXPECT_EQ(greedy, 2 * (1 + branches.size()));
}

INSTANTIATE_TEST_SUITE_P(Families, FamilyTaskTest,
                         testing::Values("gpt2", "llama", "gpt_neox"),
                         [](const auto& family) { return family.param; });

}  // namespace
}  // namespace excise
