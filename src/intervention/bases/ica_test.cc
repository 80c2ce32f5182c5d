// What an ica says of itself: whether its sources are there whatever the seed.
#include "intervention/bases/ica.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "intervention/linear_basis.h"
#include "testing/made_data.h"

namespace excise {
namespace {

using testing::MatchesRegex;

std::string note_of(const Data& data, size_t components) {
  FitOptions options;
  options.components = components;
  const auto basis = fitted("ica", data, options);
  return dynamic_cast<const LinearBasis&>(*basis).parts().note;
}

Data gaussian(size_t tokens, size_t neurons) {
  Random random(5);
  Data data{Matrix<float>(tokens, neurons), std::vector<int>(tokens)};
  for (float& value : data.a.values())
    value = static_cast<float>(random.normal());
  return data;
}

TEST(Ica, SourcesThatAreThereNeedNoNote) {
  EXPECT_EQ(note_of(made(2000, 24), 6), "");
}

TEST(Ica, NamesHowLittleSeedsAgree) {
  EXPECT_THAT(
      note_of(gaussian(400, 24), 8),
      MatchesRegex(".*between fits with 3 seeds one agrees with its best "
                   "match to .r. = 0\\.[0-8][0-9]* only"));
}

TEST(Ica, OneSourceCannotDependOnTheSeed) {
  // Of one white coordinate there is one direction, whatever it is like.
  EXPECT_EQ(note_of(gaussian(100, 8), 1), "");
}

}  // namespace
}  // namespace excise
