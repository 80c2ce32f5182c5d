#include "io/toml_depth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace excise {
namespace {

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(TomlDepth, WhatPeopleWriteIsShallow) {
  EXPECT_TRUE(
      check_toml_depth("a = [0.1, 0.2, 1.5]\n[b.c]\nd.e = {f = 1}", ""));
  EXPECT_TRUE(check_toml_depth("a = " + repeated("0.5,", 1000), ""));
  EXPECT_TRUE(check_toml_depth(
      "a = \"" + repeated("[.", 100) + "\" # " + repeated("[.", 100), ""));
  EXPECT_TRUE(
      check_toml_depth("a = \"\"\"\n" + repeated(".", 99) + "\"\"\"", ""));
}

TEST(TomlDepth, DotsAndBracketsAreBounded) {
  for (const std::string& text :
       {repeated("a.", 50000) + "a = 1", "[" + repeated("a.", 50000) + "a]",
        "x = 1\na = " + repeated("[", 50000),
        "a = {" + repeated("\"b\".", 33) + "c = 1}"}) {
    const Status status = check_toml_depth(text, "e.toml");
    ASSERT_FALSE(status) << text.substr(0, 20);
    EXPECT_EQ(status.error().code, ErrorCode::kBadInput);
    EXPECT_THAT(status.error().message, testing::HasSubstr("e.toml, line "));
  }
}

TEST(TomlDepth, TextThatEndsAnywhere) {
  for (const char* text : {"", "\"", "'''", "a = \"\\", "#", "]", "\"\"\"\n"})
    EXPECT_TRUE(check_toml_depth(text, "")) << text;
}

}  // namespace
}  // namespace excise
