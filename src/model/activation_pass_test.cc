#include "model/activation_pass.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "core/random.h"
#include "model/forward.h"
#include "model/model.h"

namespace excise {
namespace {

std::vector<int> random_ids(size_t count, size_t d_vocab) {
  Random random(2, count);
  std::vector<int> ids;
  while (ids.size() < count)
    ids.push_back(static_cast<int>(random.below(d_vocab)));
  return ids;
}

class EveryHook : public testing::TestWithParam<const char*> {};

// The oracle is the plain forward pass of each window.
TEST_P(EveryHook, IsThatOfThePlainForwardPass) {
  const Model model = Model::open(std::string(EXCISE_SOURCE_DIR) +
                                  "/tests/golden/" + GetParam())
                          .value();
  // Long enough to be packed; the last window is shorter.
  const auto windows =
      cut_into_windows(random_ids(210, model.config.d_vocab), 50);
  ASSERT_EQ(windows.size(), 5);
  ASSERT_EQ(windows.back().size(), 10);
  std::map<std::string, Matrix<float>> want;
  size_t first = 0;
  for (const auto& window : windows) {
    std::vector<Hook> hooks;
    for (const HookSite& site : hook_sites(model.config)) {
      hooks.push_back(
          {hook_name(site),
           [&](const HookSite& at, MatrixView<float> value) -> Status {
             Matrix<float>& all = want[hook_name(at)];
             if (all.empty()) all = Matrix<float>(210, value.cols());
             for (size_t t = 0; t < value.rows(); ++t)
               std::ranges::copy(value.row(t), all.row(first + t).begin());
             return {};
           }});
    }
    ASSERT_TRUE(
        run_forward(model.config, model.weights, window, hooks, Progress()));
    first += window.size();
  }

  const Progress progress;
  ActivationPass pass =
      ActivationPass::start(model.config, model.weights, windows, progress)
          .value();
  EXPECT_EQ(pass.n_tokens(), 210);
  for (size_t l = 0; l < model.config.n_layers; ++l) {
    EXPECT_EQ(pass.layer(), l);
    for (const HookSite& site : hook_sites(model.config)) {
      if (site.layer != l || l == 2) continue;  // layer 2 is only passed
      SCOPED_TRACE(hook_name(site));
      const Matrix<float>& all = want[hook_name(site)];
      size_t seen = 0;
      ASSERT_TRUE(pass.for_each(
          site.point,
          [&](MatrixView<const float> value, size_t first_token) -> Status {
            EXPECT_EQ(first_token, seen);
            EXPECT_EQ(value.cols(), hook_width(model.config, site.point));
            for (size_t t = 0; t < value.rows(); ++t) {
              for (size_t j = 0; j < value.cols(); ++j)
                EXPECT_NEAR(value(t, j), all(first_token + t, j), 5e-5);
            }
            seen += value.rows();
            return {};
          }));
      EXPECT_EQ(seen, 210);
    }
    ASSERT_TRUE(pass.advance());
  }
}

INSTANTIATE_TEST_SUITE_P(ActivationPass, EveryHook,
                         testing::Values("tiny-gpt2", "tiny-gpt2-odd"));

TEST(ActivationPass, IdsOutsideTheVocabularyAreAnError) {
  const Model model =
      Model::open(EXCISE_SOURCE_DIR "/tests/golden/tiny-gpt2").value();
  EXPECT_FALSE(ActivationPass::start(model.config, model.weights,
                                     {{1, 2}, {100000}}, Progress()));
}

}  // namespace
}  // namespace excise
