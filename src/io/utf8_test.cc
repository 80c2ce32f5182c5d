#include "io/utf8.h"

#include <gtest/gtest.h>

#include "core/random.h"
#include "io/text_file.h"

namespace excise {
namespace {

std::string in_pieces(std::string_view bytes, size_t size) {
  Utf8Stream stream;
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += size) {
    text += stream.push(bytes.substr(i, size));
    EXPECT_FALSE(first_invalid_utf8(text));
  }
  return text + stream.finish();
}

TEST(Utf8StreamTest, HoldsBackWhatIsNoWholeCharacter) {
  Utf8Stream stream;
  EXPECT_EQ(stream.push("a\xE2\x82"), "a");
  EXPECT_EQ(stream.push(""), "");
  EXPECT_EQ(stream.push("\xAC!"), "€!");
  EXPECT_EQ(stream.push("\xF0\x9F"), "");
  EXPECT_EQ(stream.finish(), "\uFFFD");
  EXPECT_EQ(stream.finish(), "");
}

TEST(Utf8StreamTest, ReplacesAsPythonDoes) {
  // bytes.decode(errors="replace") of each.
  EXPECT_EQ(in_pieces("\xFF\xC0\xAF", 1), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(in_pieces("\xE2\x82x", 1), "\uFFFDx");
  EXPECT_EQ(in_pieces("\xED\xA0\x80", 1), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(in_pieces("\xF4\x90\x80\x80", 1), "\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(in_pieces("\x80", 1), "\uFFFD");
  EXPECT_EQ(in_pieces("\xF0\x9F\x98\xC3\xA9", 2), "\uFFFDé");
}

TEST(CharacterStartTest, IsTheFirstByteOfTheCharacter) {
  const std::string_view text = "a€é";  // 1, 3 and 2 bytes
  const size_t starts[] = {0, 1, 1, 1, 4, 4, 6};
  for (size_t at = 0; at <= text.size(); ++at)
    EXPECT_EQ(character_start(text, at), starts[at]) << at;
}

TEST(CharacterCountTest, CountsNoBytes) {
  EXPECT_EQ(character_count(""), 0U);
  EXPECT_EQ(character_count("a€é😀"), 4U);
}

TEST(Utf8StreamTest, DoesNotDependOnThePieces) {
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    std::string bytes;
    for (int i = 0; i < 12; ++i) {
      // Half of them continuation bytes.
      bytes +=
          static_cast<char>(random.below(2) == 0 ? 0x80 + random.below(0x40)
                                                 : random.below(0x100));
    }
    const std::string whole = in_pieces(bytes, bytes.size());
    EXPECT_FALSE(first_invalid_utf8(whole));
    if (!first_invalid_utf8(bytes)) {
      EXPECT_EQ(whole, bytes);
    }
    for (const size_t size : {1, 2, 3, 5}) {
      EXPECT_EQ(in_pieces(bytes, size), whole);
    }
  }
}

TEST(WithoutControlsTest, ShowsWhatATerminalWouldObey) {
  EXPECT_EQ(without_controls("a\nb\tc é"), "a\nb\tc é");
  EXPECT_EQ(without_controls("\x1B[2J\r\x7F"), "\\x1B[2J\\x0D\\x7F");
  EXPECT_EQ(without_controls("\xC2\x9B"), "\\x9B");
}

TEST(WithoutControlsTest, ShowsBytesThatAreNoText) {
  EXPECT_EQ(without_controls("a\xFF\xC3"), "a\\xFF\\xC3");
  EXPECT_EQ(without_controls("\u202Egnp.exe"), "\\u{202E}gnp.exe");
  EXPECT_EQ(without_controls(std::string_view("\0", 1)), "\\x00");
}

TEST(WithoutControlsTest, JsonMeansTheSame) {
  EXPECT_EQ(json_without_controls("{\n \"a\": \"\x7F\u0085\u202E\u00E9\\n\"}"),
            "{\n \"a\": \"\\u007f\\u0085\\u202e\u00E9\\n\"}");
}

TEST(BeginningTest, CutsNoCharacter) {
  EXPECT_EQ(beginning("a\u00E9b", 2), "a");
  EXPECT_EQ(beginning("a\u00E9b", 3), "a\u00E9");
  EXPECT_EQ(beginning("ab", 9), "ab");
  EXPECT_EQ(beginning("\x80\x80\x80", 2), "");  // no text at all
}

TEST(ShownTest, IsOneLineOfBoundedLength) {
  EXPECT_EQ(shown("a\nb\tc é"), "a\\x0Ab\\x09c é");
  EXPECT_LT(shown(std::string(1'000'000, 'x')).size(), 3000U);
}

TEST(PrintableTest, KeepsItsOwnBold) {
  EXPECT_EQ(printable("\x1B[1mname\x1B[0m\n\x1B[31mred"),
            "\x1B[1mname\x1B[0m\n\\x1B[31mred");
}

}  // namespace
}  // namespace excise
