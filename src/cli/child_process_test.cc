#include "cli/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

namespace excise {
namespace {

using testing::HasSubstr;

Result<ChildEnd> shell(const std::string& script, const std::string& request) {
  return run_child({"sh", "-c", script}, request);
}

TEST(ChildProcessTest, AnswersWhatItIsAsked) {
  const auto end = shell("read line; echo \"got $line\" >&3; exit 7", "this\n");
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->answer, "got this\n");
  EXPECT_EQ(end->code, 7);
  EXPECT_EQ(end->signal, 0);
}

// More than a pipe holds, both ways.
TEST(ChildProcessTest, LongRequestsAndAnswersAreWhole) {
  const std::string request(300000, 'x');
  const auto end = shell("read line; printf %s \"$line\" >&3", request + "\n");
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->answer.size(), request.size());
}

TEST(ChildProcessTest, ARequestThatNobodyReadsDoesNoHarm) {
  std::signal(SIGPIPE, SIG_IGN);  // as prepare_streams() has it
  const auto end = shell("exit 0", std::string(300000, 'x'));
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->code, 0);
}

TEST(ChildProcessTest, SaysWhichSignalEndedIt) {
  const auto end = shell("kill -9 $$", "");
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->signal, 9);
}

TEST(ChildProcessTest, ArgumentsGoThroughNoShell) {
  const auto end =
      run_child({"sh", "-c", "printf %s \"$1\" >&3", "-", "$(id) 'a' *"}, "");
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->answer, "$(id) 'a' *");
}

TEST(ChildProcessTest, AProgramThatIsNotThereIsNamed) {
  const auto end = run_child({"/nothing/there"}, "");
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, ErrorCode::kIo);
  EXPECT_THAT(end.error().message, HasSubstr("/nothing/there"));
}

}  // namespace
}  // namespace excise
