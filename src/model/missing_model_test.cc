#include "model/missing_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/temporary_folder.h"

namespace excise {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string hint(std::string_view name, const fs::path& cache = "nowhere") {
  return missing_model_hint(name, cache, {"baker-7m"});
}

TEST(MissingModelTest, NearNamesAreOffered) {
  for (const char* typed : {"baker7m", "Baker-7m", "baker-7n", "baker"})
    EXPECT_EQ(hint(typed), "did you mean baker-7m?") << typed;
}

TEST(MissingModelTest, ModelsOfTheCacheAreOffered) {
  const TemporaryFolder cache;
  fs::create_directories(cache.path() / "models--openai-community--gpt2");
  fs::create_directories(cache.path() / "datasets--openai-community--gpt3");
  EXPECT_THAT(cached_ids(cache.path()), ElementsAre("openai-community/gpt2"));
  EXPECT_EQ(hint("openai-comunity/gpt2", cache.path()),
            "did you mean openai-community/gpt2?");
}

TEST(MissingModelTest, OnlyWhatMayRunIsFetched) {
  EXPECT_THAT(hint("gpt2-xl"),
              HasSubstr("hf download openai-community/gpt2-xl"));
  EXPECT_THAT(hint("Qwen/Qwen3-0.6B"), HasSubstr("hf download Qwen/Qwen3-0"));
  EXPECT_THAT(hint("google/gemma-3-270m"), HasSubstr("hf download"));
  for (const char* refused :
       {"Qwen/Qwen3.5-0.8B", "google/gemma-4-E2B", "openai/gpt-oss-20b",
        "mistralai/Mixtral-8x7B-v0.1", "google-bert/bert-base-uncased",
        "bigscience/bloom-560m"}) {
    EXPECT_THAT(hint(refused), HasSubstr("excise would refuse it")) << refused;
    EXPECT_THAT(hint(refused), Not(HasSubstr("hf download"))) << refused;
  }
  EXPECT_THAT(hint("some-model-of-mine"), Not(HasSubstr("hf download")));
}

}  // namespace
}  // namespace excise
