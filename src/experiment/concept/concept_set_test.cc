#include "experiment/concept/concept_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace excise {
namespace {

using testing::HasSubstr;

ConceptSet made() {
  ConceptSet set;
  set.name = "made";
  for (const char* text : {"a", "b", "c", "d", "e", "f"}) {
    set.with.push_back(std::string(text) + " with");
    set.without.push_back(std::string(text) + " without");
  }
  set.words = {" x"};
  set.control_words = {" y"};
  set.control_text = "z";
  return set;
}

std::string refused(const ConceptSet& set) {
  const auto again = parse_concept(concept_to_toml(set), "file");
  return again ? "" : again.error().message;
}

TEST(ConceptSet, ReadsWhatItWrote) {
  EXPECT_EQ(refused(made()), "");
  const auto again = parse_concept(concept_to_toml(made()), "file");
  EXPECT_EQ(concept_to_toml(*again), concept_to_toml(made()));
}

TEST(ConceptSet, RefusesWhatSaysTooLittle) {
  ConceptSet set = made();
  set.with.clear();
  EXPECT_THAT(refused(set), HasSubstr("with: expected at least 6 texts"));
  set = made();
  set.without[2] = set.with[0];
  EXPECT_THAT(refused(set), HasSubstr("in one class"));
  set = made();
  set.words.clear();
  EXPECT_THAT(refused(set), HasSubstr("words"));
  set = made();
  set.control_text = "";
  EXPECT_THAT(refused(set), HasSubstr("control_text"));
}

TEST(ConceptSet, BundledOnesAreWhole) {
  for (const char* name : {"dialogue", "him-her", "questions"}) {
    const auto set = read_concept(std::string(EXCISE_SOURCE_DIR) +
                                  "/experiments/concepts/" + name + ".toml");
    ASSERT_TRUE(set) << set.error().message;
    EXPECT_EQ(set->name, name);
    EXPECT_EQ(set->with.size(), 16U);
    EXPECT_EQ(set->without.size(), 16U);
  }
}

}  // namespace
}  // namespace excise
