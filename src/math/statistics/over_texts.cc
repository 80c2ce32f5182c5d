#include "math/statistics/over_texts.h"

#include <cstddef>
#include <numeric>

#include "math/statistics/finite.h"

namespace excise {

Result<TextsTest> test_texts(std::span<const std::vector<double>> texts,
                             const Bootstrap& bootstrap) {
  std::vector<double> means;
  for (const std::vector<double>& text : texts) {
    EXCISE_CHECK(check_finite("test over texts", text));
    if (text.empty()) continue;
    means.push_back(std::accumulate(text.begin(), text.end(), 0.0) /
                    static_cast<double>(text.size()));
  }
  TextsTest test;
  test.over_texts = EXCISE_TRY(one_sample_t(means));
  if (means.size() < 2) return test;
  test.interval = bootstrap_interval(
      means.size(),
      [&](std::span<const size_t> sample) {
        double sum = 0;
        for (const size_t text : sample) sum += means[text];
        return sum / static_cast<double>(sample.size());
      },
      bootstrap);
  return test;
}

}  // namespace excise
