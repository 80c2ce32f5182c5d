// Effects over several texts: each text counts once (docs/method.md, section
// 4).
#ifndef EXCISE_EXPERIMENT_SWEEP_TEXT_SUMMARY_H_
#define EXCISE_EXPERIMENT_SWEEP_TEXT_SUMMARY_H_

#include <optional>
#include <vector>

#include "core/error.h"
#include "experiment/common/mean_test.h"
#include "experiment/sweep/control_summary.h"
#include "experiment/sweep/parts_summary.h"
#include "experiment/sweep/sweep.h"
#include "experiment/sweep/variants_summary.h"
#include "math/statistics/bootstrap.h"

namespace excise {

// Of the mean effects of the texts at one layer.
struct OverTexts {
  std::vector<double> means;         // [texts] nats, over tested tokens; NaN
                                     // for a text without one
  MeanTest test;                     // of the others; q over layers
  std::optional<Interval> interval;  // 95 %, texts drawn again
  // The preset's: edit and draws, each a mean over texts of their means.
  std::vector<ControlSummary> controls;
  // [steps] of a scan, of the means of the texts; q over layers and steps.
  std::vector<MeanTest> scan;
  std::optional<PartsSummary> parts;  // where they were asked for
  VariantsSummary variants;
};

struct LayerSummary;

// Sets over_texts of the layers, whose summaries of the first text are done;
// nothing for fewer than two texts.
Status summarize_texts(const SweepResult& result,
                       std::vector<LayerSummary>& layers);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_TEXT_SUMMARY_H_
