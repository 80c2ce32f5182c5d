#include "core/threads.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <new>

namespace excise {
namespace {

TEST(UseThreads, TakesWhatIsAskedOrAllThereAre) {
  EXPECT_EQ(use_threads(3), 3);
  EXPECT_EQ(omp_get_max_threads(), 3);
  EXPECT_EQ(use_threads(0), omp_get_num_procs());
  EXPECT_EQ(omp_get_max_threads(), omp_get_num_procs());
}

TEST(ThreadCount, HoldsWhileItLives) {
  use_threads(3);
  {
    const ThreadCount two(2);
    EXPECT_EQ(omp_get_max_threads(), 2);
    const ThreadCount as_it_is(0);
    EXPECT_EQ(omp_get_max_threads(), 2);
  }
  EXPECT_EQ(omp_get_max_threads(), 3);
  use_threads(0);
}

TEST(InParallel, DoesBothAndGivesTheFirstError) {
  int a = 0;
  int b = 0;
  const auto set = [](int& value) {
    return [&value] {
      value = 1;
      return Status();
    };
  };
  EXPECT_TRUE(in_parallel(set(a), set(b)));
  EXPECT_EQ(a + b, 2);
  const auto wrong = [](const char* what) {
    return [what]() -> Status {
      return fail(ErrorCode::kBadInput, {.where = what});
    };
  };
  const Status status = in_parallel(wrong("one"), wrong("two"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message,
            make_error(ErrorCode::kBadInput, {.where = "one"}).message);
  EXPECT_FALSE(in_parallel(set(a), wrong("two")));
}

TEST(InParallel, ThrowsWhatIsThrown) {
  const auto nothing = [] { return Status(); };
  const auto throws = []() -> Status { throw std::bad_alloc(); };
  EXPECT_THROW((void)in_parallel(nothing, throws), std::bad_alloc);
}

}  // namespace
}  // namespace excise
