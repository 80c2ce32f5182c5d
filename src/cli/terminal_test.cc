#include "cli/terminal.h"

#include <gtest/gtest.h>

namespace excise {
namespace {

TEST(Wrapped, BreaksAtSpaces) {
  EXPECT_EQ(wrapped("one two three", 8), "one two\nthree\n");
  EXPECT_EQ(wrapped("one two", 7), "one two\n");
  EXPECT_EQ(wrapped("", 7), "\n");
}

TEST(Wrapped, LeavesLongWordsWhole) {
  EXPECT_EQ(wrapped("incomprehensible thing", 5), "incomprehensible\nthing\n");
  EXPECT_EQ(wrapped("incomprehensible", 5), "incomprehensible\n");
}

TEST(Bold, OnlyWhereColourIsWanted) {
  Terminal terminal;
  EXPECT_EQ(bold("x", terminal), "x");
  terminal.colour = true;
  EXPECT_EQ(bold("x", terminal), "\033[1mx\033[0m");
}

}  // namespace
}  // namespace excise
