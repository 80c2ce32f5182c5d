#include "core/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/did_you_mean.h"

namespace excise {
namespace {

TEST(ErrorTest, MessageHasTheAgreedForm) {
  const Error error = make_error(ErrorCode::kBadInput, {.where = "sweep",
                                                        .subject = "layer 48",
                                                        .expected = "0 to 47",
                                                        .found = "48",
                                                        .hint = "try all"});
  EXPECT_EQ(error.message,
            "[sweep] layer 48: expected 0 to 47, got 48; try all");
}

TEST(ErrorTest, EmptyPartsAreLeftOut) {
  EXPECT_EQ(make_error(ErrorCode::kIo, {.where = "io", .subject = "x"}).message,
            "[io] x");
  EXPECT_EQ(
      make_error(ErrorCode::kIo, {.where = "io", .subject = "x", .found = "y"})
          .message,
      "[io] x: got y");
}

TEST(ErrorTest, TryReturnsTheValueOrTheError) {
  const auto half = [](int n) -> Result<int> {
    if (n % 2 != 0)
      return fail(ErrorCode::kBadInput, {.where = "test", .subject = "odd"});
    return n / 2;
  };
  const auto quarter = [&](int n) -> Result<int> {
    const int h = EXCISE_TRY(half(n));
    return EXCISE_TRY(half(h));
  };
  EXPECT_EQ(quarter(8), 2);
  ASSERT_FALSE(quarter(6));
  EXPECT_EQ(quarter(6).error().code, ErrorCode::kBadInput);
}

TEST(ErrorTest, ANameThatIsNearlyOneOfThoseListedIsOffered) {
  const auto message = [](const char* expected, const char* found,
                          const char* hint = "",
                          ErrorCode code = ErrorCode::kBadInput) {
    return make_error(code, {.where = "w",
                             .subject = "s",
                             .expected = expected,
                             .found = found,
                             .hint = hint})
        .message;
  };
  const char* const list = "f32, bf16 or bf16-emulated";
  EXPECT_THAT(message(list, "\"bf61\""),
              testing::EndsWith("; did you mean bf16?"));
  EXPECT_THAT(message(list, "F32"), testing::EndsWith("; did you mean f32?"));
  EXPECT_THAT(message("one of a1, bcd", "bce", "see x"),
              testing::EndsWith("; did you mean bcd? see x"));
  const auto none = testing::Not(testing::HasSubstr("did you mean"));
  EXPECT_THAT(message(list, "something"), none);
  EXPECT_THAT(message("one, two", "none"), none);  // nothing was given
  EXPECT_THAT(message("0 to 11", "12"), none);
  EXPECT_THAT(message("a folder, or baker-7m", "baker7m"), none);
  EXPECT_THAT(message("--prompt, --ids", "prompt"), none);
  EXPECT_THAT(message(list, "bf61", "", ErrorCode::kBadFile), none);
  EXPECT_EQ(
      make_error(ErrorCode::kBadInput, {.where = "w", .expected = "a"}).message,
      "[w] \"\": expected a");
}

TEST(ErrorTest, NearNamesAreOrderedByDistance) {
  const std::vector<std::string> known = {"published", "pca", "random"};
  EXPECT_THAT(near_names("publishd", known), testing::ElementsAre("published"));
  EXPECT_THAT(near_names("PUBLISHED", known),
              testing::ElementsAre("published"));
  EXPECT_THAT(near_names("publ", known), testing::ElementsAre("published"));
  EXPECT_THAT(near_names("zzzzzzzzzzzz", known), testing::IsEmpty());
  EXPECT_THAT(near_names(std::string(1 << 20, 'a'), known), testing::IsEmpty());
  EXPECT_EQ(did_you_mean("rando", {"random", "rand"}),
            "did you mean random or rand?");
  EXPECT_EQ(did_you_mean("rando", {"random", "rand"}, 1),
            "did you mean random?");
  EXPECT_EQ(did_you_mean("zzzzzzzzzzzz", known), "");
}

}  // namespace
}  // namespace excise
