#include "report/bent_axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "report/figure_svg.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Figure line(std::vector<double> y) {
  Figure figure{.id = "line", .title = "line", .y = {.title = "nats"}};
  Series series{.name = "s", .mark = Mark::kLineAndPoints};
  for (size_t i = 0; i < y.size(); ++i)
    series.x.push_back(static_cast<double>(i));
  series.y = std::move(y);
  figure.series = {std::move(series)};
  return figure;
}

std::optional<double> knee_of(std::vector<double> y) {
  Figure figure = line(y);
  bend_where_dwarfed(y, figure);
  return figure.y.knee;
}

TEST(BentAxisTest, IsOddAndComesBack) {
  for (const double value : {-3.0, -0.01, 0.0, 0.05, 2.0}) {
    EXPECT_NEAR(unbent(bent(value, 0.05), 0.05), value, 1e-12);
    EXPECT_DOUBLE_EQ(bent(-value, 0.05), -bent(value, 0.05));
  }
  EXPECT_DOUBLE_EQ(bent(0.45, 0.05), 1);  // log10(1 + 9)
}

TEST(BentAxisTest, BendsOnlyWhereOneNumberDwarfsTheOthers) {
  EXPECT_EQ(knee_of({1.6, 0.05, 0.08, 0.03, -0.06}), 0.05);
  EXPECT_EQ(knee_of({0.3, 0.05, 0.08, 0.06}), std::nullopt);
  EXPECT_EQ(knee_of({1.6, 0.05}), std::nullopt);  // nothing to be dwarfed
  EXPECT_EQ(knee_of({0, 0, 0}), std::nullopt);
  EXPECT_EQ(knee_of({NAN, NAN, NAN, NAN}), std::nullopt);
  // Noise around 0 is not spread over decades.
  EXPECT_EQ(knee_of({1.6, 1e-9, 2e-9, 1e-10}), 0.02);
}

TEST(BentAxisTest, AnIntervalOrAnotherSeriesMayDwarfToo) {
  Figure figure = line({0.05, 0.08, 0.06});
  const std::vector<double> watched = figure.series[0].y;
  figure.series[0].high = {0.1, 2, 0.1};
  bend_where_dwarfed(watched, figure);
  EXPECT_EQ(figure.y.knee, 0.05);
}

TEST(BentAxisTest, TicksAreRoundOnBothSides) {
  std::vector<double> places;
  for (const Tick& tick : bent_ticks(-0.1, 2.5, 0.05))
    places.push_back(tick.at);
  EXPECT_THAT(places, ElementsAre(-0.1, -0.05, 0, 0.05, 0.1, 0.2, 0.5, 1, 2));
  places.clear();
  for (const Tick& tick : bent_ticks(0, 5e4, 2)) places.push_back(tick.at);
  EXPECT_THAT(places, ElementsAre(0, 2, 10, 100, 1000, 10000));
  EXPECT_TRUE(bent_ticks(NAN, NAN, 1).empty());
}

TEST(BentAxisTest, TheAxisTellsThatItIsBent) {
  Figure figure = line({1.6, 0.05, 0.05, 0.03});
  EXPECT_THAT(figure_svg(figure, 0), Not(HasSubstr("log beyond")));
  bend_where_dwarfed(figure.series[0].y, figure);
  EXPECT_THAT(figure_svg(figure, 0), HasSubstr("nats; log beyond ±0.05"));
}

}  // namespace
}  // namespace excise
