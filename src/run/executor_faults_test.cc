// What executors answer where an edit drives the model out of float32.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "model/model.h"
#include "run/executor.h"

namespace excise {
namespace {

// No number of a branch that has left float32 gets out.
constexpr BranchTag kRemoval{"removal"}, kEmpty{"empty"};

TEST(ExecutorFaultsTest, NamesTheBranchThatOverflows) {
  const Model model =
      *Model::open(std::string(EXCISE_SOURCE_DIR) + "/tests/golden/tiny-gpt2");
  const std::vector<int> ids = {1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<Branch> branches = {{1, kEmpty}, {2, kRemoval}};
  const EditLayer huge = [](size_t, MatrixView<const float>,
                            std::span<const Branch> edited,
                            std::span<const MatrixView<float>> deltas) {
    for (size_t b = 0; b < edited.size(); ++b) {
      const bool removal = edited[b].tag == kRemoval;
      for (size_t t = 0; t < deltas[b].rows(); ++t)
        std::ranges::fill(deltas[b].row(t), removal ? 3e38F : 0.1F);
    }
    return Status();
  };
  ExecutorInput input{model.config, model.weights, ids, branches, huge, {}};
  const auto is_named = [](const auto& output) {
    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().code, ErrorCode::kBadInput);
    EXPECT_NE(
        output.error().message.find("layer 2, effect of the branch removal"),
        std::string::npos)
        << output.error().message;
  };
  is_named(run_wavefront(input, {}, {}));
  EXPECT_FALSE(run_naive(input, {}));
  // Nor to who takes the effects pass after pass.
  size_t taken = 0;
  input.take_effects = [&](size_t first, std::span<const BranchEffect> some) {
    for (size_t b = 0; b < some.size(); ++b)
      taken += branches[first + b].tag == kRemoval ? 1 : 0;
  };
  is_named(run_wavefront(input, {}, {}));
  EXPECT_FALSE(run_naive(input, {}));
  EXPECT_EQ(taken, 0U);
}

}  // namespace
}  // namespace excise
