#include "cli/app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "core/error.h"

namespace excise {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Outcome {
  int code;
  std::string out, err;
};

Outcome run(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "excise");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code =
      run_program(static_cast<int>(arguments.size()), arguments.data());
  return {code, testing::internal::GetCapturedStdout(),
          testing::internal::GetCapturedStderr()};
}

TEST(App, HelpAndVersionGoToStandardOutput) {
  EXPECT_THAT(run({"--version"}).out, HasSubstr("excise 0."));
  for (const auto& arguments : {std::vector<const char*>{}, {"--help"}}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.err, "");
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("sweep"), HasSubstr("inspect")));
  }
  EXPECT_THAT(run({"sweep", "--help"}).out, HasSubstr("--detail-layer"));
}

TEST(App, UnknownNamesComeWithNearOnes) {
  Outcome outcome = run({"swep", "model"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err,
            "[excise] unknown command swep; did you mean sweep? see excise "
            "--help\n");
  outcome = run({"sweep", "m", "--permutation=5"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err,
            "[excise sweep] unknown option --permutation; did you mean "
            "--permutations? see excise sweep --help\n");
  EXPECT_THAT(run({"run", "e.toml", "more"}).err,
              HasSubstr("unexpected argument more"));
  EXPECT_THAT(run({"sweep"}).err, HasSubstr("MODEL"));
}

TEST(App, ErrorsGiveTheirCode) {
  EXPECT_EQ(run({"completion", "tcsh"}).code, 2);
  EXPECT_EQ(run({"run", "/nonexistent.toml"}).code, 6);
  EXPECT_THAT(run({"sweep", "m", "--executor", "quick"}).err,
              HasSubstr("wavefront or naive"));
  EXPECT_THAT(run({"sweep", "m", "--text", ""}).err, HasSubstr("empty text"));
  EXPECT_THAT(run({"sweep", "m", "text"}).err, HasSubstr("--text"));
}

TEST(App, CompletionKnowsCommandsAndOptions) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Outcome outcome = run({"completion", shell});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out,
                AllOf(HasSubstr("reproduce"), HasSubstr("detail-layer")));
  }
}

}  // namespace
}  // namespace excise
