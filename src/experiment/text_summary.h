// Effects over several texts: each text counts once (docs/method.md, section
// 4).
#ifndef EXCISE_EXPERIMENT_TEXT_SUMMARY_H_
#define EXCISE_EXPERIMENT_TEXT_SUMMARY_H_

#include <optional>
#include <vector>

#include "core/error.h"
#include "experiment/mean_test.h"
#include "experiment/sweep.h"
#include "math/statistics/bootstrap.h"

namespace excise {

// Of the mean effects of the texts at one layer.
struct OverTexts {
  std::vector<double> means;         // [texts] nats, over tested tokens; NaN
                                     // for a text without one
  MeanTest test;                     // of the others; q over layers
  std::optional<Interval> interval;  // 95 %, texts drawn again
};

// One entry a layer; empty for fewer than two texts.
Result<std::vector<OverTexts>> summarize_texts(const SweepResult& result);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_TEXT_SUMMARY_H_
