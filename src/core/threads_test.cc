#include "core/threads.h"

#include <gtest/gtest.h>
#include <omp.h>

namespace excise {
namespace {

TEST(UseThreads, TakesWhatIsAskedOrAllThereAre) {
  EXPECT_EQ(use_threads(3), 3);
  EXPECT_EQ(omp_get_max_threads(), 3);
  EXPECT_EQ(use_threads(0), omp_get_num_procs());
  EXPECT_EQ(omp_get_max_threads(), omp_get_num_procs());
}

}  // namespace
}  // namespace excise
