#include "experiment/concept/probe.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/random.h"

namespace excise {
namespace {

// Noise in 40 dimensions; class 0 is shifted along the first by `shift`.
Matrix<float> made(size_t rows, float shift, uint64_t seed,
                   std::vector<int>& classes) {
  Random random(seed);
  Matrix<float> x(rows, 40);
  classes.clear();
  for (size_t i = 0; i < rows; ++i) {
    for (float& value : x.row(i)) value = static_cast<float>(random.normal());
    classes.push_back(i % 3 == 0 ? 0 : 1);
    if (classes.back() == 0) x(i, 0) += shift;
  }
  return x;
}

double accuracy(float shift) {
  std::vector<int> train_classes, test_classes;
  const Matrix<float> train = made(120, shift, 1, train_classes);
  const Matrix<float> test = made(300, shift, 2, test_classes);
  return probe_accuracy(train, train_classes, test, test_classes).value();
}

TEST(Probe, FindsWhatIsThereAndNothingElse) {
  EXPECT_GT(accuracy(6), 0.95);
  EXPECT_NEAR(accuracy(0), 0.5, 0.1);
}

TEST(Probe, NeedsBothClasses) {
  const Matrix<float> x(4, 2);
  const std::vector<int> both = {0, 1, 0, 1}, one = {1, 1, 1, 1};
  EXPECT_TRUE(probe_accuracy(x, both, x, both));
  EXPECT_FALSE(probe_accuracy(x, one, x, both));
  EXPECT_FALSE(probe_accuracy(x, both, x, one));
}

}  // namespace
}  // namespace excise
