#include "core/progress_line.h"

#include <gtest/gtest.h>

namespace excise {
namespace {

TEST(ProgressLine, ShowsShareAndTimeLeft) {
  EXPECT_EQ(progress_line("layers", 6, 12, 3.0),
            "layers   [##########          ]  50 %, 0:03 left");
  EXPECT_EQ(progress_line("layers", 1, 4, 40.0),
            "layers   [#####               ]  25 %, 2:00 left");
  EXPECT_EQ(progress_line("layers", 1, 3, 3660.0),
            "layers   [######              ]  33 %, 2:02 h left");
}

TEST(ProgressLine, TellsNoTimeAtTheEnds) {
  EXPECT_EQ(progress_line("layers", 0, 12, 3.0),
            "layers   [                    ]   0 %");
  EXPECT_EQ(progress_line("layers", 12, 12, 3.0),
            "layers   [####################] 100 %");
  EXPECT_EQ(progress_line("layers", 0, 0, 0.0),
            "layers   [                    ]   0 %");
}

}  // namespace
}  // namespace excise
