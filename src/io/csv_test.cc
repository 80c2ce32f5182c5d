#include "io/csv.h"

#include <gtest/gtest.h>

#include <limits>

namespace excise {
namespace {

TEST(CsvField, QuotesWhatNeedsIt) {
  EXPECT_EQ(csv_field(" plain"), " plain");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(csv_field("\n"), "\"\n\"");
}

TEST(CsvRow, LeavesEmptyWhatIsNoNumber) {
  std::string out;
  CsvRow(out)
      .text("a")
      .count(7)
      .number(0.1)
      .number(std::nullopt)
      .number(std::numeric_limits<double>::infinity());
  EXPECT_EQ(out, "a,7,0.1,,\n");
}

}  // namespace
}  // namespace excise
