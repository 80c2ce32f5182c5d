// Figures as data for the page and as SVG.
#include "report/figure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "report/figure_json.h"
#include "report/figure_svg.h"
#include "report/ticks.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<double> places(const std::vector<Tick>& ticks) {
  std::vector<double> at;
  for (const Tick& tick : ticks) at.push_back(tick.at);
  return at;
}

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) {
    ++found;
  }
  return found;
}

Figure small_figure() {
  Figure figure{.id = "small", .title = "a < b"};
  Series series{.name = "<s>", .mark = Mark::kLineAndPoints};
  series.x = {0, 1, 2};
  series.y = {1, NAN, 3};
  figure.series = {series};
  return figure;
}

TEST(TicksTest, AreRoundNumbers) {
  EXPECT_THAT(places(round_ticks(0, 10, 6, false, false)),
              ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(places(round_ticks(0, 3, 9, true, false)),
              ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(places(round_ticks(0.02, 200, 9, false, true)),
              ElementsAre(0.1, 1, 10, 100));
  EXPECT_EQ(round_ticks(0, 0.3, 3, false, false)[3].label, "0.3");
  EXPECT_TRUE(round_ticks(NAN, 1, 5, false, false).empty());
  EXPECT_TRUE(round_ticks(2, 2, 5, false, false).empty());
  EXPECT_TRUE(round_ticks(100, 100 + 2e-14, 5, false, false).empty());
}

TEST(TicksTest, NamesAreThinnedWhereTheyAreMany) {
  Axis axis;
  for (size_t i = 0; i < 10; ++i) {
    axis.places.push_back(static_cast<double>(i));
    axis.names.push_back(std::to_string(i));
  }
  EXPECT_THAT(places(named_ticks(axis, 0, 9, 4)), ElementsAre(0, 3, 6, 9));
  EXPECT_EQ(named_ticks(axis, 2, 5, 100).size(), 4U);
}

TEST(ColoursTest, LieBetweenTheStops) {
  const std::vector<std::string_view> stops = {"#000000", "#ffffff", "#ff0000"};
  EXPECT_EQ(colour_at(stops, 0), "#000000");
  EXPECT_EQ(colour_at(stops, 0.25), "#808080");
  EXPECT_EQ(colour_at(stops, 1), "#ff0000");
  EXPECT_EQ(colour_at(stops, 7), "#ff0000");
  EXPECT_EQ(colour_at(stops, NAN), "#000000");
}

TEST(FigureJsonTest, FewNumbersAreExactAndManyAreFloats) {
  const std::vector<double> few = {0.1, NAN};
  EXPECT_EQ(numbers_json(few).dump(), "[0.1,null]");
  const std::vector<double> many(5000, 1.0);
  const auto json = numbers_json(many);
  // 1.0F is 00 00 80 3f, and base64 repeats every three of them.
  EXPECT_THAT(json.at("f32").get<std::string>(),
              testing::StartsWith("AACAPwAAgD8AAIA/"));
  EXPECT_EQ(json.at("f32").get<std::string>().size(), 26668U);
}

TEST(FigureJsonTest, ScriptsCannotBeClosed) {
  EXPECT_EQ(script_json({{"x", "</script><!--"}}),
            "{\"x\":\"\\u003c/script>\\u003c!--\"}");
}

TEST(FigureSvgTest, HasEachPointAndEscapesItsTexts) {
  const std::string svg = figure_svg(small_figure(), 0);
  EXPECT_THAT(svg, HasSubstr("<title>a &lt; b</title>"));
  EXPECT_EQ(count(svg, "<circle"), 2U);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

// The attribute of the element that ends before or holds `part`.
double attribute(const std::string& svg, const std::string& part,
                 const std::string& name) {
  const size_t element = svg.rfind('<', svg.find(part) - 1);
  const size_t at = svg.find(" " + name + "=\"", element);
  return std::stod(svg.substr(at + name.size() + 3));
}

TEST(FigureSvgTest, NamesOfRulesStandBesideTheFrame) {
  Figure figure = small_figure();
  figure.rules = {{2, false, "chance"}};
  const std::string svg = figure_svg(figure, 0);
  const double end = attribute(svg, "stroke-dasharray", "x2");
  EXPECT_GT(attribute(svg, "chance<", "x"), end);
  figure.rules[0].label = "";
  EXPECT_GT(attribute(figure_svg(figure, 0), "stroke-dasharray", "x2"), end);
}

TEST(FigureSvgTest, FollowsTheLayer) {
  Figure figure = small_figure();
  figure.follows_layer = true;
  figure.y.range = {0, 10};
  figure.series[0].y = {1, 1, 1, 9, 9, 9};
  EXPECT_NE(figure_svg(figure, 0), figure_svg(figure, 1));
  EXPECT_EQ(count(figure_svg(figure, 1), "<circle"), 3U);
  EXPECT_EQ(count(figure_svg(figure, 2), "<circle"), 0U);  // there is none
}

TEST(FigureSvgTest, HeatMapsMergeNeighboursOfOneColour) {
  Figure figure{.id = "map"};
  HeatMap map{.values = {0, 0, 1, NAN}, .rows = 2, .cols = 2};
  figure.heat_map = map;
  const std::string svg = figure_svg(figure, 0);
  EXPECT_EQ(count(svg, "crispEdges"), 2U);  // a path for each of two colours
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(FigureSvgTest, EveryMarkIsDrawn) {
  for (const Mark mark :
       {Mark::kLine, Mark::kPoints, Mark::kLineAndPoints, Mark::kBars,
        Mark::kStems, Mark::kSteps, Mark::kBand}) {
    Figure figure = small_figure();
    figure.series[0].mark = mark;
    figure.x.range = {-1, 3};
    figure.y.range = {0, 10};  // the same axes without marks
    Figure empty = figure;
    empty.series[0].y = {NAN, NAN, NAN};
    const std::string without = figure_svg(empty, 0);
    if (mark == Mark::kBand) {
      figure.series[0].low = {0, 0, 0};
      figure.series[0].high = {4, 4, 4};
    }
    EXPECT_GT(count(figure_svg(figure, 0), "<"), count(without, "<"));
  }
}

TEST(FigureSvgTest, APointMayBeADiamond) {
  Figure figure = small_figure();
  figure.series[0].filled = {true, true, false};
  const std::string circles = figure_svg(figure, 0);
  EXPECT_EQ(figure_json(figure).dump().find("diamonds"), std::string::npos);
  figure.series[0].diamonds = {false, false, true};
  const std::string svg = figure_svg(figure, 0);
  EXPECT_EQ(count(svg, "<circle"), count(circles, "<circle") - 1);
  EXPECT_EQ(count(svg, "Z\" fill"), count(circles, "Z\" fill") + 1);
  EXPECT_NE(figure_json(figure).dump().find("\"diamonds\":[false,false,true]"),
            std::string::npos);
}

TEST(FigureSvgTest, NothingToDrawIsNoError) {
  EXPECT_THAT(figure_svg(Figure{.id = "empty"}, 0), HasSubstr("</svg>"));
}

}  // namespace
}  // namespace excise
