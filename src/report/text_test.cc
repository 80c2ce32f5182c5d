#include "report/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace excise {
namespace {

TEST(ReportTextTest, MarkupIsEscaped) {
  EXPECT_EQ(escape_markup("<a href=\"x\">'&"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
  Html html;
  html.raw("<p>").text("</p><script>").raw("</p>");
  EXPECT_EQ(html.str(), "<p>&lt;/p&gt;&lt;script&gt;</p>");
}

TEST(ReportTextTest, WhatIsHiddenBecomesVisible) {
  EXPECT_EQ(visible_text("a\u202Eb"), "a<U+202E>b");
  EXPECT_EQ(visible_text("\u200B\u2066\uFEFF"), "<U+200B><U+2066><U+FEFF>");
  EXPECT_EQ(visible_text(std::string_view("\0\x07", 2)), "\u2400\u2407");
  EXPECT_EQ(visible_text("\x7F\u0085"), "<U+007F><U+0085>");
  EXPECT_EQ(visible_text("one\ntwo\t\u00E9 \u8336 \U0001F600 \u0627"),
            "one\ntwo\t\u00E9 \u8336 \U0001F600 \u0627");
}

TEST(ReportTextTest, HiddenCharactersAreEscapedForToml) {
  EXPECT_EQ(escape_hidden("a\u202E\x7F\U000E0001b"),
            "a\\u202E\\u007F\\U000E0001b");
}

TEST(ReportTextTest, TextThatIsNoUtf8DoesNotRunOver) {
  EXPECT_EQ(visible_text("a\xF0"), "a\xF0");
  EXPECT_EQ(visible_text("\x80\xE2\x82"), "\x80\xE2\x82");
}

TEST(ReportTextTest, TokensFitAtAnAxis) {
  EXPECT_EQ(token_label(" the\n"), "\u00B7the\u23CE");
  EXPECT_EQ(token_label("abcdef", 3), "abc\u2026");
  EXPECT_EQ(token_label("\u8336\u8336\u8336", 3), "\u8336\u8336\u8336");
}

TEST(ReportTextTest, Numbers) {
  EXPECT_EQ(number_text(1.5932), "1.59");
  EXPECT_EQ(number_text(-0.4098, 2), "\u22120.41");
  EXPECT_EQ(number_text(2.3e-13, 2), "2.3e-13");
  EXPECT_EQ(number_text(NAN), "\u2013");
  EXPECT_EQ(signed_text(0.5), "+0.5");
  EXPECT_EQ(signed_text(0), "0");
  EXPECT_EQ(list_text({0, 4, 7}), "0, 4 and 7");
  EXPECT_EQ(list_text({}), "");
  EXPECT_EQ(count_text(1, "layer") + ", " + count_text(2, "layer"),
            "1 layer, 2 layers");
  EXPECT_EQ(sentence_text("84 % of x % and 2 nats"),
            "84\u00A0% of x % and 2\u00A0nats");
}

TEST(ReportTextTest, SentencesPartAtFullStops) {
  EXPECT_THAT(sentences("At q < 0.05 in 2. Layer by layer, i. e. all; so. It"),
              testing::ElementsAre("At q < 0.05 in 2.",
                                   "Layer by layer, i. e. all; so.", "It"));
  EXPECT_THAT(sentences("One. "), testing::ElementsAre("One. "));
  EXPECT_THAT(sentences(""), testing::IsEmpty());
}

}  // namespace
}  // namespace excise
