#include "experiment/sweep/sweep_edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "edit/edit.h"
#include "experiment/sweep/sweep.h"
#include "fit/basis_fit.h"
#include "fit/fit_text.h"
#include "model/forward.h"
#include "testing/bundled_model.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using testing::HasSubstr;

const std::string kText = "She told him that he had given her the letter.";

// Fitted on a text of its own, at two layers.
std::filesystem::path write_basis(const TemporaryFolder& folder,
                                  std::string_view basis) {
  FitSpec spec;
  spec.basis = basis;
  spec.layers = {3, 8};
  spec.text.texts = {
      "He saw her and she saw him. He gave his hat to her, and she was glad."};
  spec.text.class_tokens = {"^ (her|she)$"};
  const FitText text = prepare_fit_text(baker(), spec.text).value();
  const auto path = folder.path() / "basis.safetensors";
  EXPECT_TRUE(
      write_basis_file(fit_basis(baker(), spec, text, {}).value().set, path));
  return path;
}

// log p of each token given those before it, with the edits as hooks.
std::vector<double> logprobs(std::span<const int> ids,
                             std::span<const Edit> edits) {
  const auto hooks = forward_hooks(edits);
  const auto output =
      run_forward(baker().config, baker().weights, ids, hooks, {}).value();
  const auto logits = unembed(baker().weights, output.normalized).value();
  std::vector<double> result = {0};
  for (size_t t = 1; t < ids.size(); ++t) {
    double sum = 0;
    for (const float logit : logits.row(t - 1)) sum += std::exp(double{logit});
    result.push_back(logits(t - 1, static_cast<size_t>(ids[t])) -
                     std::log(sum));
  }
  return result;
}

struct Case {
  const char* name;
  EditAction action;
  double strength;
  const char* positions;
};

class SweepEdit : public testing::TestWithParam<Case> {};

TEST_P(SweepEdit, IsTheEditAsAHook) {
  const TemporaryFolder folder;
  EditSpec edit;
  edit.hook = "blocks.8.mlp.hook_pre";
  edit.basis = write_basis(folder, "diff-means");
  edit.action = GetParam().action;
  edit.strength = GetParam().strength;
  edit.positions = Positions::parse(GetParam().positions).value();
  Spec spec;
  spec.text = kText;
  ASSERT_TRUE(take_edit(edit, spec));
  ASSERT_TRUE(check_spec(spec));
  const auto result = run_sweep(baker(), spec, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->layers, std::vector<size_t>{8});
  const auto edits = open_edits({&edit, 1}, baker()).value();
  const auto clean = logprobs(result->ids, {});
  const auto edited = logprobs(result->ids, edits);
  double largest = 0;
  for (size_t t = 0; t < clean.size(); ++t) {
    EXPECT_NEAR(result->findings[0].removal.delta_logprob[t],
                clean[t] - edited[t], 1e-4);
    largest = std::max(largest, std::abs(clean[t] - edited[t]));
  }
  EXPECT_GT(largest, 1e-3);
}

INSTANTIATE_TEST_SUITE_P(
    Edits, SweepEdit,
    testing::Values(Case{"removed", EditAction::kRemove, 1, "all"},
                    Case{"twice", EditAction::kRemove, 2, "1-"},
                    Case{"added", EditAction::kAdd, 3, "all"},
                    Case{"added_at_some", EditAction::kAdd, -2, "2-5"}),
    [](const auto& instance) { return instance.param.name; });

TEST(TakeEdit, TakesEachLayerOfAStar) {
  const TemporaryFolder folder;
  EditSpec edit;
  edit.hook = "blocks.*.mlp.hook_pre";
  edit.basis = write_basis(folder, "diff-means");
  Spec spec;
  spec.text = kText;
  ASSERT_TRUE(take_edit(edit, spec));
  EXPECT_EQ(run_sweep(baker(), spec, {}).value().layers,
            (std::vector<size_t>{3, 8}));
}

TEST(TakeEdit, RefusesWhatASweepCannotMeasure) {
  const TemporaryFolder folder;
  EditSpec edit;
  edit.basis = write_basis(folder, "diff-means");
  const auto refused = [&](Spec spec) {
    const Status taken = take_edit(edit, spec);
    if (!taken) return taken.error().message;
    const Status checked = check_spec(spec);
    if (!checked) return checked.error().message;
    spec.text = kText;
    const auto result = run_sweep(baker(), spec, {});
    return result ? std::string() : result.error().message;
  };
  edit.hook = "ln_final.hook_normalized";
  EXPECT_THAT(refused({}), HasSubstr("generate --edit"));
  edit.hook = "blocks.3.mlp.hook_pre";
  Spec other_layers;
  other_layers.layers = "0-5";
  EXPECT_THAT(refused(other_layers), HasSubstr("3, that of the hook"));
  edit.action = EditAction::kAdd;
  Spec controls;
  controls.controls = {{Control::kRandomRank, 5}};
  EXPECT_THAT(refused(controls), HasSubstr("edit that adds"));
  edit.from_class = 2;
  EXPECT_THAT(refused({}), HasSubstr("0 to 1"));
}

}  // namespace
}  // namespace excise
