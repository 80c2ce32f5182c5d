// For tests of calibration: how often a p is at most what it may be.
#ifndef EXCISE_TESTING_CALIBRATION_TALLY_H_
#define EXCISE_TESTING_CALIBRATION_TALLY_H_

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <initializer_list>
#include <iostream>
#include <string>
#include <vector>

namespace excise {

// Trials of a calibration: EXCISE_CALIBRATION_RUNS, or as many as a test that
// is run often can afford.
inline size_t calibration_runs(size_t sensible) {
  const char* asked = std::getenv("EXCISE_CALIBRATION_RUNS");
  return asked == nullptr ? sensible : std::stoul(asked);
}

// Empirical ps of independent trials, each among so many draws.
class CalibrationTally {
 public:
  explicit CalibrationTally(size_t draws) : at_or_below_(draws + 2) {}

  void add(double p) {
    const size_t draws = at_or_below_.size() - 2;
    const auto step =
        static_cast<size_t>(std::lround(p * static_cast<double>(draws + 1)));
    for (size_t s = step; s <= draws + 1; ++s) ++at_or_below_[s];
    ++tests_;
  }

  // P(p <= step / (draws + 1)) is that level, within 3.5 standard errors.
  void expect_calibrated(std::initializer_list<size_t> steps,
                         const std::string& what) const {
    const auto tests = static_cast<double>(tests_);
    for (const size_t step : steps) {
      const double level = static_cast<double>(step) /
                           static_cast<double>(at_or_below_.size() - 1);
      const double share = static_cast<double>(at_or_below_[step]) / tests;
      EXPECT_NEAR(share, level, 3.5 * std::sqrt(level * (1 - level) / tests))
          << what;
      std::cout << what << ": P(p <= " << level << ") = " << share << " of "
                << tests_ << "\n";
    }
  }

 private:
  std::vector<size_t> at_or_below_;
  size_t tests_ = 0;
};

}  // namespace excise

#endif  // EXCISE_TESTING_CALIBRATION_TALLY_H_
