#include "core/region_failure.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>

namespace excise {
namespace {

TEST(RegionFailure, IsThrownBehindTheRegion) {
  RegionFailure failure;
  std::atomic<int> ran = 0;
#pragma omp parallel for num_threads(2)
  for (int i = 0; i < 8; ++i) {
    failure.guard([&] {
      ++ran;
      if (i % 2 == 0) throw std::bad_alloc();
    });
  }
  EXPECT_EQ(ran, 8);
  EXPECT_THROW(failure.rethrow(), std::bad_alloc);
  EXPECT_NO_THROW(failure.rethrow());  // once
}

TEST(RegionFailure, IsNoneWhereNothingIsThrown) {
  RegionFailure failure;
#pragma omp parallel num_threads(2)
  failure.guard([] {});
  EXPECT_NO_THROW(failure.rethrow());
}

}  // namespace
}  // namespace excise
