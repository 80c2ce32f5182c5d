// Effects on several texts: the tokens of one text are not independent, texts
// are.
#ifndef EXCISE_MATH_STATISTICS_OVER_TEXTS_H_
#define EXCISE_MATH_STATISTICS_OVER_TEXTS_H_

#include <optional>
#include <span>
#include <vector>

#include "core/error.h"
#include "math/statistics/bootstrap.h"
#include "math/statistics/one_sample_t.h"

namespace excise {

struct TextsTest {
  OneSampleT over_texts;  // of the mean of each text
  // 95 % of the mean of those means when texts are drawn again; absent for
  // fewer than two texts.
  std::optional<Interval> interval;
};

// texts: the effects of each text, one value a token; texts without a token are
// left out. Errors: bad_input when a value is NaN or infinite.
Result<TextsTest> test_texts(std::span<const std::vector<double>> texts,
                             const Bootstrap& bootstrap);

}  // namespace excise

#endif  // EXCISE_MATH_STATISTICS_OVER_TEXTS_H_
