#include "experiment/concept/marked_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/bundled_model.h"

namespace excise {
namespace {

using testing::HasSubstr;

// The pieces of the tokens that are in spans.
std::string marked_pieces(std::string_view text) {
  const MarkedText marked = parse_marked_text(text).value();
  const auto ids = baker().tokenizer->encode(marked.plain).value();
  const auto in_span = tokens_in_spans(baker(), marked, ids).value();
  std::string pieces;
  for (size_t t = 0; t < ids.size(); ++t) {
    if (in_span[t]) pieces += "|" + baker().tokenizer->piece(ids[t]);
  }
  return pieces;
}

TEST(MarkedText, TakesTheTokensOfItsSpans) {
  EXPECT_EQ(parse_marked_text("a [[b]] c").value().plain, "a b c");
  EXPECT_EQ(marked_pieces("They asked [[her]] to sing."), "| her");
  EXPECT_EQ(marked_pieces("They asked[[ her to]] sing."), "| her| to");
  EXPECT_EQ(marked_pieces("[[They]] asked her to sing[[.]]"), "|They|.");
  // The token " to" is reached by its blank alone.
  EXPECT_EQ(marked_pieces("They asked [[her ]]to sing."), "| her");
  EXPECT_EQ(marked_pieces("No marks at all."), "");
}

TEST(MarkedText, RefusesMarksThatDoNotMatch) {
  const auto refused = [](std::string_view text) {
    const auto marked = parse_marked_text(text);
    return marked ? std::string() : marked.error().message;
  };
  EXPECT_THAT(refused("a [[b"), HasSubstr("a [[ without ]]"));
  EXPECT_THAT(refused("a b]]"), HasSubstr("a ]] without [["));
  EXPECT_THAT(refused("a [[b [[c]]"), HasSubstr("a [[ inside a span"));
  EXPECT_THAT(refused("a [[ ]] c"), HasSubstr("an empty span"));
}

}  // namespace
}  // namespace excise
