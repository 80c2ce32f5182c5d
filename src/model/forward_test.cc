// The plain forward pass and its hooks against the reference implementation.
#include "model/forward.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "io/text_file.h"
#include "model/model.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string kGolden = std::string(EXCISE_SOURCE_DIR) + "/tests/golden/";

class ForwardTest : public testing::TestWithParam<const char*> {
 protected:
  ForwardTest()
      : name_(GetParam()),
        model_(Model::open(kGolden + name_)),
        golden_(TensorFile::open(kGolden + name_ + ".golden.safetensors")),
        tolerances_(json::parse(*read_text_file(kGolden + "tolerances.json"))
                        .at(name_ + ".golden.safetensors")) {}

  Matrix<double> golden(const char* name) {
    return *(*golden_->get(name))->to_double();
  }
  std::vector<int> ids() {
    const Matrix<double> stored = golden("ids");
    std::vector<int> ids;
    for (const double id : stored.values()) {
      ids.push_back(static_cast<int>(id));
    }
    return ids;
  }
  // values are rows first_row ... of the golden array.
  void expect_near(MatrixView<const float> values, const char* name,
                   size_t first_row) {
    const Matrix<double> reference = golden(name);
    const double tolerance = tolerances_.at(name).at("atol");
    ASSERT_EQ(values.cols(), reference.cols());
    for (size_t i = 0; i < values.rows(); ++i) {
      for (size_t j = 0; j < values.cols(); ++j) {
        ASSERT_NEAR(values(i, j), reference(first_row + i, j), tolerance)
            << name << " " << first_row + i << ", " << j;
      }
    }
  }

  std::string name_;
  Result<Model> model_;
  Result<TensorFile> golden_;
  json tolerances_;
};

TEST_P(ForwardTest, EqualsTheReference) {
  ASSERT_TRUE(model_) << model_.error().message;
  const std::vector<int> tokens = ids();
  const size_t n = tokens.size();
  const auto compare = [&](const char* array, size_t offset) {
    return [this, array, offset, n](const HookSite& site,
                                    MatrixView<float> value) -> Status {
      expect_near(value, array, (site.layer + offset) * n);
      return {};
    };
  };
  const std::vector<Hook> hooks = {
      {"blocks.*.hook_resid_pre", compare("hidden_states", 0)},
      {"blocks.*.hook_attn_out", compare("attn_out", 0)},
      {"blocks.*.hook_resid_mid", compare("resid_mid", 0)},
      {"transformer.h.*.mlp.c_fc", compare("mlp_pre", 0)},
      {"blocks.*.hook_mlp_out", compare("mlp_out", 0)},
      {"ln_final.hook_normalized", compare("hidden_states", 0)}};
  const auto output =
      run_forward(model_->config, model_->weights, tokens, hooks, {});
  ASSERT_TRUE(output) << output.error().message;
  const size_t layers = model_->config.n_layers;
  EXPECT_EQ(output->fired,
            (std::vector<size_t>{layers, layers, layers, layers, layers, 1}));
  expect_near(output->resid_final, "resid_final", 0);
  const auto logits = unembed(model_->weights, output->normalized);
  ASSERT_TRUE(logits);
  expect_near(*logits, "logits", 0);
}

INSTANTIATE_TEST_SUITE_P(Goldens, ForwardTest,
                         testing::Values("tiny-gpt2", "tiny-gpt2-odd"),
                         [](const auto& model) {
                           return model.index == 0 ? "Tiny" : "Odd";
                         });

class HookTest : public testing::Test {
 protected:
  HookTest() : model_(*Model::open(kGolden + "tiny-gpt2")) {}
  Result<ForwardOutput> run(const Hook& hook) {
    return run_forward(model_.config, model_.weights, ids_, {&hook, 1}, {});
  }
  Model model_;
  const std::vector<int> ids_ = {1, 2, 3, 4};
};

TEST_F(HookTest, AnEditChangesWhatFollows) {
  const auto clean = run_forward(model_.config, model_.weights, ids_, {}, {});
  const auto edited =
      run({"blocks.1.mlp.hook_pre", [](const HookSite&, MatrixView<float> pre) {
             pre(2, 7) += 1;
             return Status();
           }});
  ASSERT_TRUE(clean && edited);
  const auto same = [&](size_t token) {
    return std::equal(clean->normalized.row(token).begin(),
                      clean->normalized.row(token).end(),
                      edited->normalized.row(token).begin());
  };
  // Causal: only the edited token and later ones.
  EXPECT_TRUE(same(0) && same(1));
  EXPECT_FALSE(same(2));
  EXPECT_FALSE(same(3));
}

TEST_F(HookTest, AnUnmatchedHookIsAnErrorWithNearNames) {
  const auto nothing = [](const HookSite&, MatrixView<float>) {
    return Status();
  };
  for (const char* name :
       {"blocks.9.mlp.hook_pre", "blocks.1.mlp.hook_pr", "", "blocks"}) {
    const auto output = run({name, nothing});
    ASSERT_FALSE(output) << name;
    EXPECT_EQ(output.error().code, ErrorCode::kBadInput);
  }
  EXPECT_THAT(run({"blocks.1.mlp.hook_pr", nothing}).error().message,
              HasSubstr("did you mean blocks.1.mlp.hook_pre"));
}

TEST_F(HookTest, AHooksErrorEndsThePass) {
  const auto output =
      run({"blocks.0.hook_resid_mid", [](const HookSite&, MatrixView<float>) {
             return Status(fail(ErrorCode::kBadInput, {.where = "test"}));
           }});
  ASSERT_FALSE(output);
}

TEST_F(HookTest, WrongIdsAreBadInput) {
  const std::vector<int> none;
  const std::vector<int> unknown = {0, 512};
  const std::vector<int> negative = {-1};
  const std::vector<int> many(65, 0);
  for (const auto& ids : {none, unknown, negative, many}) {
    const auto output = run_forward(model_.config, model_.weights, ids, {}, {});
    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().code, ErrorCode::kBadInput);
  }
}

}  // namespace
}  // namespace excise
