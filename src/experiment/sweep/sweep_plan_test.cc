#include "experiment/sweep/sweep_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "testing/bundled_model.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Resolve, DecidesWhatTheSpecLeavesOpen) {
  Spec spec;
  spec.text = "He saw her.";
  spec.further_texts = {"She saw him.", "They left."};
  spec.layers = "2-4,7";
  spec.together = "2,3";
  const SweepPlan plan = resolve(baker(), spec, {}).value();
  EXPECT_EQ(plan.spec.preset, "published");
  EXPECT_EQ(plan.spec.centre, "none");
  EXPECT_EQ(plan.spec.restore, "token");
  EXPECT_THAT(plan.layers, ElementsAre(2, 3, 4, 7));
  EXPECT_EQ(plan.spec.detail_layer, 4);
  EXPECT_EQ(plan.branches.together.size(), 1);
  // Of further texts the preset alone.
  EXPECT_EQ(plan.branches.cells.size(), 3);
  ASSERT_EQ(plan.further.size(), 2);
  EXPECT_THAT(plan.further[1].branches.cells, ElementsAre(Cell::kPreset));
  EXPECT_TRUE(plan.further[1].branches.together.empty());
  EXPECT_EQ(plan.further[1].spec.text, "They left.");
}

TEST(Resolve, NamesTheTextThatCannotBeSwept) {
  Spec spec;
  spec.text = "He saw her.";
  spec.further_texts = {"No."};
  spec.tokens.positions = "3-";
  const auto plan = resolve(baker(), spec, {});
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message, HasSubstr("(text 2)"));
}

TEST(WithDefaultText, TakesTheBundledOneOrThatOfTheCaller) {
  EXPECT_THAT(with_default_text({}, "baker-7m", "other")->text,
              HasSubstr("Edith Baxter"));
  EXPECT_EQ(with_default_text({}, "gpt2", "other")->text, "other");
  EXPECT_FALSE(with_default_text({}, "gpt2"));
  Spec ids;
  ids.ids = {1, 2};
  EXPECT_EQ(with_default_text(ids, "baker-7m")->text, "");
  Spec corpus;
  corpus.source.corpus = "book.txt";
  EXPECT_EQ(with_default_text(corpus, "baker-7m")->text, "");
}

}  // namespace
}  // namespace excise
