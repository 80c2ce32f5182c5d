#include "experiment/sweep/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiment/common/number_lists.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// What only some bases take is refused for the others.
TEST(BasisSource, IsChecked) {
  const auto complaint = [](std::string_view basis, const BasisSource& source) {
    const Status status = check_source(basis, source);
    return status ? std::string() : status.error().message;
  };
  EXPECT_EQ(complaint("svd", {}), "");
  EXPECT_EQ(complaint("svd", {.corpus = "c", .components = 3}), "");
  EXPECT_EQ(complaint("leace", {.class_tokens = {"a"}, .shrinkage = 0.1}), "");
  EXPECT_EQ(complaint("anything", {.file = "f"}), "");
  EXPECT_THAT(complaint("svd", {.components = 3}), HasSubstr("components"));
  EXPECT_THAT(complaint("leace", {}), HasSubstr("--class-tokens"));
  EXPECT_THAT(complaint("ica", {.class_tokens = {"a"}}), HasSubstr("classes"));
  EXPECT_THAT(complaint("ica", {.shrinkage = 0.1}), HasSubstr("shrinkage"));
  EXPECT_THAT(complaint("ged", {.class_files = {"a", "b", "a"}}),
              HasSubstr("class 0 and class 2 are the same"));
  EXPECT_THAT(complaint("ged", {.class_files = {"a"}, .class_tokens = {"b"}}),
              HasSubstr("both"));
  EXPECT_THAT(complaint("ica", {.file = "f", .components = 2}),
              HasSubstr("basis file"));
  EXPECT_THAT(complaint("neurons", {.corpus = "c"}), HasSubstr("corpus"));
}

TEST(ParseLayers, TakesAllRangesAndLists) {
  EXPECT_THAT(parse_layers("all", 3).value(), ElementsAre(0, 1, 2));
  EXPECT_THAT(parse_layers("0-2", 12).value(), ElementsAre(0, 1, 2));
  EXPECT_THAT(parse_layers("5,3", 12).value(), ElementsAre(3, 5));
  EXPECT_THAT(parse_layers(" 0 - 2 , 7 ", 12).value(), ElementsAre(0, 1, 2, 7));
}

TEST(ParseLayers, NamesTheLayerThatTheModelDoesNotHave) {
  const auto layers = parse_layers("3,48", 48);
  ASSERT_FALSE(layers);
  EXPECT_EQ(layers.error().code, ErrorCode::kBadInput);
  EXPECT_EQ(layers.error().message,
            "[sweep] layer 48: expected 0 to 47 for this model; --layers takes "
            "e.g. all, 0-11 or 3,5");
  EXPECT_FALSE(parse_layers("0-18446744073709551615", 48));
}

TEST(ParseLayers, RefusesOtherForms) {
  for (const char* text : {"", "x", "3-", "-3", "5-3", "1,,2", "1,", "all,1",
                           "1 2", "3,3", "0-2,1", "99999999999999999999999"}) {
    const auto layers = parse_layers(text, 12);
    ASSERT_FALSE(layers) << text;
    EXPECT_EQ(layers.error().code, ErrorCode::kBadInput) << text;
  }
}

TEST(ParseNumbers, KeepsTheOrderAndRefusesFloods) {
  EXPECT_THAT(parse_numbers("2,0", "--remove").value(), ElementsAre(2, 0));
  EXPECT_THAT(parse_numbers("0-2,9", "--remove").value(),
              ElementsAre(0, 1, 2, 9));
  const auto flood = parse_numbers("0-18446744073709551615", "--remove");
  ASSERT_FALSE(flood);
  EXPECT_THAT(flood.error().message, HasSubstr("--remove"));
  EXPECT_FALSE(parse_numbers("0-4095,0-4095", "--remove"));
  EXPECT_FALSE(parse_numbers("0,2,0", "--remove"));
  EXPECT_FALSE(parse_layer_sets("0-3;1,2;0-3", 4));
}

TEST(ParseBytes, TakesPowersOf1024) {
  EXPECT_EQ(parse_bytes("0").value(), 0);
  EXPECT_EQ(parse_bytes("1500000").value(), 1500000);
  EXPECT_EQ(parse_bytes("500M").value(), uint64_t{500} << 20);
  EXPECT_EQ(parse_bytes("1.5G").value(), uint64_t{3} << 29);
  EXPECT_EQ(parse_bytes("2 GiB").has_value(), false);
  EXPECT_EQ(parse_bytes("2GiB").value(), uint64_t{2} << 30);
  EXPECT_EQ(parse_bytes("1kB").value(), 1024);
}

TEST(ParseBytes, RefusesWhatIsNoSize) {
  for (const char* text : {"", "G", "-1", "1X", "1GG", "nan", "inf", "1e300"}) {
    EXPECT_FALSE(parse_bytes(text)) << text;
  }
}

TEST(RemovalOf, NamesTheCombination) {
  Spec spec;
  EXPECT_EQ(removal_of(spec)->name, "published");
  spec.preset = "pca";
  EXPECT_EQ(removal_of(spec)->name, "pca");
  EXPECT_EQ(removal_of(spec)->removal.centre, Mean::kNeuron);
  spec.preset = {};
  spec.restore = "neuron";
  EXPECT_EQ(removal_of(spec)->name, "custom");
  EXPECT_EQ(removal_of(spec)->removal.centre, Mean::kNone);
  EXPECT_EQ(removal_of(spec)->removal.restore, Mean::kNeuron);
  spec.centre = "neuron";
  EXPECT_EQ(removal_of(spec)->name, "pca");
  spec = {};
  spec.basis = "ica";
  EXPECT_EQ(removal_of(spec)->name, "");
  EXPECT_TRUE(removal_of(spec)->removal.identity_when_empty());
}

TEST(CheckSpec, RefusesMeansThatAreNone) {
  Spec spec;
  spec.preset = "custom";
  spec.centre = "neuron";
  EXPECT_FALSE(check_spec(spec));
  spec.restore = "token";
  EXPECT_TRUE(check_spec(spec));
  spec.restore = "median";
  EXPECT_FALSE(check_spec(spec));
  spec = {};
  spec.preset = "publishd";
  EXPECT_FALSE(check_spec(spec));
  spec.preset = "pca";
  EXPECT_TRUE(check_spec(spec));
  spec.source.file = "f";
  EXPECT_FALSE(check_spec(spec));
  spec.source.file.clear();
  spec.basis = "ica";
  EXPECT_FALSE(check_spec(spec));
}

TEST(CheckSpec, RefusesWhatNoModelCouldDo) {
  EXPECT_TRUE(check_spec(Spec{}));
  Spec texts;
  texts.text = "a";
  texts.further_texts = {"b", "c"};
  EXPECT_TRUE(check_spec(texts));
  texts.further_texts = {"b", "a"};
  texts.text_names = {"", "b.txt", "a.txt"};
  EXPECT_THAT(check_spec(texts).error().message,
              testing::HasSubstr("twice: text 1 and text 3, a.txt"));
  Spec spec;
  spec.text = "a";
  spec.ids = {1};
  EXPECT_FALSE(check_spec(spec));
  spec = {};
  spec.ids = {3, -1};
  EXPECT_FALSE(check_spec(spec));
  spec = {};
  spec.basis = "pca";
  EXPECT_FALSE(check_spec(spec));
  spec = {};
  spec.remove = {};
  EXPECT_FALSE(check_spec(spec));
  spec.remove = {0, 1, 0};
  EXPECT_FALSE(check_spec(spec));
  spec = {};
  spec.permutations = 1'000'000'000;
  EXPECT_FALSE(check_spec(spec));
  spec = {};
  spec.threads = -1;
  EXPECT_FALSE(check_spec(spec));
}

}  // namespace
}  // namespace excise
