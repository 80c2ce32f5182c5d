#include "report/point_labels.h"

#include <gtest/gtest.h>

#include <cmath>

namespace excise {
namespace {

using Points = std::vector<std::pair<double, double>>;

TEST(PointLabelsTest, NoNameCoversAnother) {
  Points points;
  std::vector<std::string> labels;
  for (size_t i = 0; i < 40; ++i) {
    const auto at = static_cast<double>(i);
    points.emplace_back(20 * std::fmod(at, 7), 11 * std::fmod(at, 5));
    labels.push_back(std::to_string(i));
  }
  const auto places = label_places(points, labels, 10);
  for (size_t i = 0; i < places.size(); ++i) {
    for (size_t k = 0; k < i && places[i]; ++k) {
      if (!places[k]) continue;
      const bool apart =
          std::abs(places[i]->second - places[k]->second) >= 10 ||
          std::abs(places[i]->first - places[k]->first) >= 6;
      EXPECT_TRUE(apart) << i << " and " << k;
    }
  }
}

TEST(PointLabelsTest, AreAboveWhereThereIsRoomAndNowhereWhereThereIsNone) {
  const std::vector<std::string> labels(30, "7");
  const auto alone = label_places(Points{{50, 50}}, labels, 10);
  ASSERT_TRUE(alone[0]);
  EXPECT_EQ(alone[0]->first, 50);
  EXPECT_LT(alone[0]->second, 50);
  size_t named = 0;
  const auto crowd = label_places(Points(30, {50, 50}), labels, 10);
  for (const auto& place : crowd) named += place ? 1 : 0;
  EXPECT_GT(named, 0U);
  EXPECT_LE(named, 8U);
  EXPECT_FALSE(label_places(Points{{NAN, 1}}, labels, 10)[0]);
}

}  // namespace
}  // namespace excise
